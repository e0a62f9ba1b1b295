// The provider's card form inside ours. Nothing of the card passes through this script.
"use strict";

(() => {
  const form = document.getElementById("card-form");
  const waiting = document.getElementById("card-waiting");
  const button = form.querySelector("button[type=submit]");
  const error = document.getElementById("card-error");
  const told = form.dataset;

  const giveUp = () => {
    const unavailable = document.getElementById("card-unavailable");
    waiting.hidden = true;
    form.hidden = true;
    unavailable.textContent = told.unavailable;
    unavailable.hidden = false;
  };
  const say = (message) => {
    error.textContent = message || told.failed;
    error.hidden = false;
  };

  if (typeof window.Stripe !== "function") {
    giveUp();
    return;
  }
  const stripe = window.Stripe(told.key, { locale: told.locale });
  const elements = stripe.elements({ clientSecret: told.secret, locale: told.locale });
  const card = elements.create("payment", { layout: "tabs" });
  const patience = window.setTimeout(giveUp, 20000);
  card.on("ready", () => {
    window.clearTimeout(patience);
    waiting.hidden = true;
    form.hidden = false;
    button.disabled = false;
  });
  card.on("loaderror", () => {
    window.clearTimeout(patience);
    giveUp();
  });
  form.hidden = false;
  card.mount("#card-element");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    error.hidden = true;
    form.setAttribute("aria-busy", "true");
    const ended = await stripe.confirmPayment({
      elements,
      confirmParams: { return_url: told.return },
    });
    // Only a failure returns: paid, or asked for by the bank, the browser has left.
    form.removeAttribute("aria-busy");
    button.disabled = false;
    say(ended.error && ended.error.message);
  });
})();
