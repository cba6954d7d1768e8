// Says why the browser gave no key: what allauth's script would only write to the console.
// [data-key-refused] holds the words: data-word-address, data-word-known, data-word-cancelled; any other reason, its text.
(() => {
  "use strict";

  const WORDS = { SecurityError: "wordAddress", InvalidStateError: "wordKnown", NotAllowedError: "wordCancelled" };

  document.addEventListener("allauth.error", (event) => {
    const notice = document.querySelector("[data-key-refused]");
    if (!notice) return;
    event.preventDefault();
    // Elsewhere than at https or on the machine itself the browser has no keys at all.
    const name = window.isSecureContext ? event.detail.exception.name : "SecurityError";
    const words = notice.dataset[WORDS[name]];
    if (words) notice.querySelector("p").textContent = words;
    notice.hidden = false;
    document.querySelector("main h1").after(notice);
    notice.scrollIntoView({ block: "nearest" });
  });
})();
