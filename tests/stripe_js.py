"""The script of the small Stripe's card form, as a browser loads it: fill in, confirm, be sent on.

It has the part of Stripe.js that our page uses: ``Stripe(key)``, ``elements``, ``create("payment")``
with ``ready``, and ``confirmPayment``. The card's number goes to the small Stripe alone.
"""

SCRIPT = """
window.Stripe = (key, options) => ({
  elements: ({ clientSecret, locale }) => ({
    clientSecret,
    create: (kind) => {
      const heard = {};
      return {
        on: (what, deed) => { heard[what] = deed; },
        mount: (place) => {
          const words = locale === "zh" ? "卡号" : "Card number";
          const at = document.querySelector(place);
          const label = document.createElement("label");
          label.textContent = words;
          const input = document.createElement("input");
          input.className = "input";
          input.name = "card-number";
          input.autocomplete = "cc-number";
          label.append(input);
          at.append(label);
          window.setTimeout(() => heard.ready && heard.ready(), 0);
        },
      };
    },
  }),
  confirmPayment: async ({ elements, confirmParams }) => {
    const number = document.querySelector("input[name=card-number]").value;
    const id = elements.clientSecret.split("_secret_")[0];
    const sent = new URLSearchParams({
      client_secret: elements.clientSecret, key, return_url: confirmParams.return_url,
      "payment_method_data[type]": "card", "payment_method_data[card][number]": number,
    });
    const answer = await fetch(`BASE/v1/payment_intents/${id}/confirm`, { method: "POST", body: sent });
    const said = await answer.json();
    if (said.error) return { error: { ...said.error, message: "您的卡被拒绝了。" } };
    const next = said.next_action && said.next_action.redirect_to_url;
    window.location.assign(next ? next.url : confirmParams.return_url);
    return new Promise(() => {});
  },
});
"""
# What cards of test numbers do: https://docs.stripe.com/testing
CARDS = {
    "4242424242424242": "pm_card_visa",
    "4000002760003184": "pm_card_threeDSecure2Required",
}
DECLINED = "pm_card_chargeDeclined"
BANK_PAGE = """<!doctype html><html lang="zh"><title>示例银行</title><h1>示例银行验证</h1>
<form method="post"><button name="said" value="yes">确认付款</button>
<button name="said" value="no">拒绝</button></form></html>"""
