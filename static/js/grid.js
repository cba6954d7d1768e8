// The entry grid: a form whose table of inputs takes a block from a spreadsheet, moves by arrows and Enter,
// adds up while one types, and keeps the draft by itself. Without this script it is a plain form.
//
//   <form data-grid …>                        the grid
//     data-autosave="<url>"                   optional: takes the form by POST; answers 2xx, and may answer JSON
//                                             {"fields": {"s1-version": "3"}, "message": "…", "faults": {"s1-a": ["…"]},
//                                             "parts": {"filled": "<b>…"}}: new values of hidden fields by name, words
//                                             to show, what is wrong by the name of its field, and parts of the page
//                                             by their id. Any other answer may carry them too.
//     data-word-unsaved, -saving, -saved, -failed, -signed-out, -stale
//                                             what the status says; "{time}" in -saved is the time of day
//     data-word-pasted                        "{filled} cells filled, {skipped} did not fit"
//   <p data-grid-status role="status"></p>    where it says so
//   <input data-total="g1 g2">                a total, typed; of one or several groups of cells
//   <input data-part-of="g1">                 a cell that adds up to it
//   <output data-difference="g1"              whether they do:
//     data-word-equal="…" data-word-less="{difference} …" data-word-more="{difference} …"></output>
//   <output data-quotient="g1 g2"             the total of g1 ÷ the total of g2 while both are typed,
//     data-factor="100" data-places="1"       times a factor, rounded half up to so many places,
//     data-word="{value}%"></output>         in these words
//
// Cells are <input type="text" inputmode="decimal">: number fields keep arrows for themselves.
(() => {
  "use strict";

  const QUIET_BEFORE_SAVING = 1500;
  const WAIT_BEFORE_TRYING_AGAIN = 10000;
  const CELLS = "input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [disabled], [readonly])";

  const filled = (words, values) => (words || "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  // --- Exact numbers: digits and a scale, because 0.1 + 0.2 must be 0.3 ---

  const GROUPED = /^-?\d{1,3}([,\u00a0\u202f ]\d{3})+(\.\d+)?$/;

  // "1,240" as "1240"; what is not a grouped number stays as it was typed.
  const plain = (text) => {
    const trimmed = text.trim();
    return GROUPED.test(trimmed) ? trimmed.replace(/[,\u00a0\u202f ]/g, "") : trimmed;
  };

  const parse = (text) => {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(plain(text));
    if (!match) return null;
    const [, sign, whole, fraction = ""] = match;
    return { digits: BigInt(sign + whole + fraction), scale: fraction.length };
  };

  const scaled = ({ digits, scale }, to) => digits * 10n ** BigInt(to - scale);

  const subtract = (total, parts) => {
    const scale = Math.max(total.scale, ...parts.map((part) => part.scale));
    const sum = parts.reduce((so_far, part) => so_far + scaled(part, scale), 0n);
    return { digits: scaled(total, scale) - sum, scale };
  };

  const written = ({ digits, scale }) => {
    const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
    const whole = text.slice(0, text.length - scale).replace(/\B(?=(\d{3})+$)/g, ",");
    const fraction = text.slice(text.length - scale).replace(/0+$/, "");
    return fraction ? `${whole}.${fraction}` : whole;
  };

  // --- Sums ---

  const compare = (form, output) => {
    const group = CSS.escape(output.dataset.difference);
    const total = parse(form.querySelector(`[data-total~="${group}"]`)?.value ?? "");
    const cells = [...form.querySelectorAll(`[data-part-of="${group}"]`)].filter((cell) => cell.value.trim());
    const parts = cells.map((cell) => parse(cell.value));
    if (!total || !parts.length || parts.includes(null)) {
      output.textContent = "";
      output.removeAttribute("data-state");
      return;
    }
    const rest = subtract(total, parts);
    const state = rest.digits === 0n ? "equal" : rest.digits > 0n ? "less" : "more";
    output.dataset.state = state;
    output.textContent = filled(output.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`], {
      difference: written(rest),
    });
  };

  // Half up, away from zero, as the portal rounds: on whole numbers, twice the rest decides.
  const divided = (numerator, denominator, factor, places) => {
    const scale = Math.max(numerator.scale, denominator.scale);
    const above = scaled(numerator, scale) * BigInt(factor) * 10n ** BigInt(places);
    const below = scaled(denominator, scale);
    const size = (2n * (above < 0n ? -above : above) + below) / (2n * below);
    return { digits: above < 0n ? -size : size, scale: places };
  };

  const divide = (form, output) => {
    const [numerator, denominator] = output.dataset.quotient
      .split(" ")
      .map((group) => parse(form.querySelector(`[data-total~="${CSS.escape(group)}"]`)?.value ?? ""));
    const canDivide = numerator && denominator && denominator.digits > 0n;
    const { factor, places, word } = output.dataset;
    const value = canDivide && divided(numerator, denominator, Number(factor), Number(places));
    const sign = value && value.digits < 0n ? "-" : "";
    output.textContent = value ? filled(word, { value: sign + written(value) }) : "";
  };

  const addUp = (form) => {
    form.querySelectorAll("output[data-difference]").forEach((output) => compare(form, output));
    form.querySelectorAll("output[data-quotient]").forEach((output) => divide(form, output));
  };

  // --- Moving from cell to cell ---

  const cellsOf = (row) => [...row.querySelectorAll(CELLS)];
  const rowsOf = (table) => [...table.rows].filter((row) => cellsOf(row).length);
  const inColumn = (row, column) => row.cells[column]?.querySelector(CELLS);

  const goTo = (cell) => {
    cell?.focus();
    cell?.select?.();
  };

  const vertically = (cell, step) => {
    const rows = rowsOf(cell.closest("table"));
    const column = cell.closest("td, th").cellIndex;
    for (let index = rows.indexOf(cell.closest("tr")) + step; rows[index]; index += step) {
      const target = inColumn(rows[index], column);
      if (target) return goTo(target);
    }
  };

  const horizontally = (cell, step) => {
    const cells = cellsOf(cell.closest("tr"));
    goTo(cells[cells.indexOf(cell) + step]);
  };

  const caretAt = (cell, end) =>
    cell.selectionStart === cell.selectionEnd && cell.selectionStart === (end ? cell.value.length : 0);

  const onKey = (event) => {
    const cell = event.target;
    if (!cell.matches(`table ${CELLS}`) || event.ctrlKey || event.metaKey || event.altKey) return;
    const onwards = getComputedStyle(cell.closest("table")).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key === "Enter") vertically(cell, event.shiftKey ? -1 : 1);
    else if (event.key === "ArrowDown") vertically(cell, 1);
    else if (event.key === "ArrowUp") vertically(cell, -1);
    else if (event.key === onwards && caretAt(cell, true)) horizontally(cell, 1);
    else if (/^Arrow(Left|Right)$/.test(event.key) && event.key !== onwards && caretAt(cell, false)) horizontally(cell, -1);
    else return;
    event.preventDefault();
  };

  // --- Paste from a spreadsheet ---

  const blockOf = (text) =>
    text
      .replace(/\r\n?/g, "\n")
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => line.split("\t"));

  const paste = (form, start, block) => {
    const rows = rowsOf(start.closest("table"));
    const firstRow = rows.indexOf(start.closest("tr"));
    const firstColumn = start.closest("td, th").cellIndex;
    let done = 0;
    let skipped = 0;
    block.forEach((line, down) =>
      line.forEach((text, across) => {
        const row = rows[firstRow + down];
        const cell = row && inColumn(row, firstColumn + across);
        if (!cell) {
          skipped += text.trim() ? 1 : 0;
          return;
        }
        cell.value = plain(text);
        done += 1;
      }),
    );
    start.dispatchEvent(new Event("input", { bubbles: true }));
    say(form, filled(form.dataset.wordPasted, { filled: done, skipped }));
  };

  const onPaste = (form) => (event) => {
    const cell = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!cell.matches?.(`table ${CELLS}`) || !/[\t\n\r]/.test(text.trimEnd())) return;
    event.preventDefault();
    paste(form, cell, blockOf(text));
  };

  // --- Keeping the draft ---

  const say = (form, words) => {
    const status = form.querySelector("[data-grid-status]");
    if (status && words) status.textContent = words;
  };

  // As the server draws them: <ul class="field__errors" id="<control>_error"> after the control.
  const sayFaults = (form, faults) => {
    for (const list of form.querySelectorAll("table .field__errors")) list.remove();
    for (const cell of form.querySelectorAll("table [aria-invalid]")) {
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
      cell.classList.remove("is-invalid");
    }
    for (const [name, messages] of Object.entries(faults)) {
      const cell = form.elements[name];
      if (!cell) continue;
      const list = document.createElement("ul");
      list.className = "field__errors";
      list.id = `${cell.id || name}_error`;
      list.append(
        ...messages.map((message) => {
          const item = document.createElement("li");
          item.textContent = message;
          return item;
        }),
      );
      cell.after(list);
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", list.id);
      cell.classList.add("is-invalid");
      // What it stands in, and what folds that on a phone.
      for (
        let folded = cell.closest("details");
        folded;
        folded = folded.parentElement.closest("details")
      ) {
        folded.open = true;
      }
    }
  };

  const follow = (form, answer) => {
    for (const [name, value] of Object.entries(answer.fields ?? {})) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    for (const [id, html] of Object.entries(answer.parts ?? {})) {
      const part = document.getElementById(id);
      if (part) part.innerHTML = html;
    }
    if (answer.faults) sayFaults(form, answer.faults);
  };

  const answerOf = async (response) => {
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return isJson ? response.json().catch(() => ({})) : {};
  };

  const wordFor = (words, response) => {
    if (response.type === "opaqueredirect") return words.wordSignedOut;
    return response.status === 403 ? words.wordStale : words.wordFailed;
  };

  const draftKeeper = (form) => {
    const words = form.dataset;
    let typed = 0; // counts what was typed, so that an answer knows whether it is the latest
    let kept = 0;
    let timer = null;
    let saving = false;
    let leaving = false;

    const later = (delay) => {
      clearTimeout(timer);
      timer = setTimeout(save, delay);
    };

    const save = async () => {
      if (!words.autosave || saving || leaving || kept === typed) return;
      const sent = typed;
      saving = true;
      say(form, words.wordSaving);
      try {
        // A redirect leads to the sign-in page: following it would look like a draft that was kept.
        const response = await fetch(words.autosave, {
          method: "POST",
          body: new FormData(form),
          headers: { Accept: "application/json" },
          redirect: "manual",
        });
        const answer = await answerOf(response);
        follow(form, answer);
        if (response.ok) {
          kept = sent;
          const time = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", hourCycle: "h23" });
          say(form, answer.message || filled(words.wordSaved, { time }));
        } else {
          say(form, answer.message || wordFor(words, response));
          if (!answer.message && response.status >= 429) later(WAIT_BEFORE_TRYING_AGAIN);
        }
      } catch {
        say(form, words.wordFailed);
        later(WAIT_BEFORE_TRYING_AGAIN);
      }
      saving = false;
      if (typed !== sent) later(QUIET_BEFORE_SAVING);
    };

    form.addEventListener("input", () => {
      typed += 1;
      say(form, words.wordUnsaved);
      later(QUIET_BEFORE_SAVING);
    });
    form.addEventListener("submit", () => {
      leaving = true;
    });
    window.addEventListener("online", () => later(0));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") save();
    });
    window.addEventListener("beforeunload", (event) => {
      if (!leaving && kept !== typed) event.preventDefault();
    });
    // A page taken back from the browser's memory is no longer leaving.
    window.addEventListener("pageshow", () => {
      leaving = false;
    });
  };

  for (const form of document.querySelectorAll("form[data-grid]")) {
    form.addEventListener("keydown", onKey);
    form.addEventListener("paste", onPaste(form));
    form.addEventListener("input", () => addUp(form));
    addUp(form);
    draftKeeper(form);
  }
})();
