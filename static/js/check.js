// Is this copy authentic? The SHA-256 of a file is computed here, in the browser; the file goes nowhere, and only
// its hash may be asked for. Without this script one pastes a hash into the field, and the form asks by GET.
//
//   <form data-check …>                     the form, with <input name="sha256">
//     data-lookup="<url>"                   optional: answers GET ?sha256=… with JSON
//                                           {"known": true, "message": "…", "url": "…", "link": "…"}
//     data-word-reading, -known, -unknown, -failed, -insecure
//                                           words; "{name}" is the file's name
//   <label data-check-drop>…<input type="file" data-check-file></label>
//                                           hidden until this script runs
//   <template data-check-sign="good">…</template>
//                                           optional, also for bad and warn: the sign beside an answer
//   <div data-check-result role="status"></div>
//   <… data-sha256="<hash>">                on the page: a published file, so that nothing need be asked
(() => {
  "use strict";

  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const hashOf = async (file) => hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));

  const noteOf = (form) => {
    const result = form.querySelector("[data-check-result]");
    return (tone, words, answer = {}) => {
      result.replaceChildren();
      result.className = tone ? `notice notice-${tone}` : "";
      const text = document.createElement("p");
      text.textContent = words;
      if (answer.url) {
        const link = document.createElement("a");
        link.href = answer.url;
        link.textContent = answer.link || answer.url;
        text.append(" ", link);
      }
      const sign = form.querySelector(`template[data-check-sign="${tone}"]`);
      if (sign) result.append(sign.content.cloneNode(true));
      result.append(text);
    };
  };

  const lookUp = async (form, sha256) => {
    const here = document.querySelector(`[data-sha256="${CSS.escape(sha256)}"]`);
    if (here) return { known: true };
    if (!form.dataset.lookup) return { known: false };
    const address = new URL(form.dataset.lookup, location.href);
    address.searchParams.set("sha256", sha256);
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  };

  const check = async (form, file) => {
    const words = form.dataset;
    const note = noteOf(form);
    const named = (text) => (text || "").replace("{name}", file.name);
    if (!globalThis.crypto?.subtle) {
      note("warn", words.wordInsecure);
      return;
    }
    note("", named(words.wordReading));
    try {
      const sha256 = await hashOf(file);
      form.elements.sha256.value = sha256;
      const answer = await lookUp(form, sha256);
      note(
        answer.known ? "good" : "bad",
        answer.message || named(answer.known ? words.wordKnown : words.wordUnknown),
        answer,
      );
    } catch {
      note("warn", named(words.wordFailed));
    }
  };

  for (const form of document.querySelectorAll("form[data-check]")) {
    const drop = form.querySelector("[data-check-drop]");
    const chosen = form.querySelector("[data-check-file]");
    drop.hidden = false;
    chosen.addEventListener("change", () => chosen.files[0] && check(form, chosen.files[0]));
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.dataset.over = "";
    });
    drop.addEventListener("dragleave", () => delete drop.dataset.over);
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      delete drop.dataset.over;
      const [file] = event.dataTransfer.files;
      if (file) check(form, file);
    });
  }
})();
