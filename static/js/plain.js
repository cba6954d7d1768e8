// What htmx could not send goes the plain way: the answer is a page that says why, and keeps what was typed.
(() => {
  "use strict";

  document.addEventListener("htmx:responseError", (event) => {
    const form = event.detail.elt.closest("form[method=post]");
    if (form) HTMLFormElement.prototype.submit.call(form);
  });
})();
