// Small enhancements; every page works without them.
"use strict";

document.documentElement.classList.add("js");

// On a phone the bar of workplaces is wider than the screen: show the page one is on.
for (const here of document.querySelectorAll(".workbar [aria-current], .tabs [aria-current]")) {
  const bar = here.parentElement;
  if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = here.offsetLeft - bar.clientWidth / 3;
}

// Stepper buttons move the number between its limits.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const input = button.closest("[data-stepper]").querySelector("input");
  const before = input.value;
  if (Number(button.dataset.step) > 0) input.stepUp();
  else input.stepDown();
  if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
});

// Forms that say so submit themselves when a choice in them changes.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});

// A form that has been sent is not sent twice by an impatient second tap: it is on its way until its
// page gives way to the answer, or the person stops that. What is answered with a file (marked
// data-downloads, on the form or its button) leaves the page standing and is free at once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if ("downloads" in form.dataset || "downloads" in (event.submitter?.dataset ?? {})) return;
  form.dataset.sent = "yes";
});
// What waited for a second factor goes on by itself.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("form[data-submit-at-once]")?.requestSubmit();
});
function freeForms() {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
}
window.addEventListener("pageshow", freeForms);
window.navigation?.addEventListener("navigateerror", freeForms);
document.addEventListener("input", freeForms);

// A field that chooses shows the parts that belong to the choice: data-shows-when="name=value".
function showChosen() {
  document.querySelectorAll("[data-shows-when]").forEach((part) => {
    const [name, value] = part.dataset.showsWhen.split("=");
    const chosen = document.querySelector(`[name="${name}"]:checked, select[name="${name}"]`);
    part.hidden = !chosen || chosen.value !== value;
    part.querySelectorAll("input, select, textarea").forEach((field) => { field.disabled = part.hidden; });
  });
}
document.addEventListener("change", showChosen);
document.addEventListener("DOMContentLoaded", showChosen);
document.addEventListener("htmx:afterSwap", showChosen);
