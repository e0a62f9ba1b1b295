"""Stripe: cards, Alipay and WeChat Pay through its PaymentIntents."""
