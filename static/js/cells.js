// The grid of a plan: each changed cell is saved by itself. Without this script each row is a plain form.
//
//   <table data-cells                          the grid; its rows:
//     data-word-saving="…" data-word-saved="{time}" data-word-failed="…" data-word-signed-out="…" data-word-stale="…"
//     data-word-conflict="…"                   what to do when another has changed the cell
//     data-word-marked="…"                     said as long as a cell of any row is refused
//     data-word-pasted="{filled} … {skipped} …">
//   <tr data-cells-row>
//     <input form="row-7" name="title">        a cell, or a textarea for a text of several lines, where Alt and Enter begin
//                                              a new one; with data-with="currency" another of the row is sent along
//     <form id="row-7" action="<url>">         takes the cells of the row by POST, with csrf token and seen_version; answers
//                                              200 {"version": 4, "cells": {"title": "…"}} with what cells hold now, those
//                                              too that changed by it; or 409 and 422 with
//                                              {"version": 5, "faults": {"title": "…"}, "message": "…"}; with "theirs" or
//                                              "overlaps_seen", Enter in the refused cell saves it all the same
//   <p data-cells-status role="status"></p>    where it says how it stands
(() => {
  "use strict";

  const MOST_NAMED = 3;
  const CELL = ":is(input, textarea)[form]";
  const filled = (words, values) => (words || "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  for (const table of document.querySelectorAll("table[data-cells]")) {
    const words = table.dataset;
    const status = document.querySelector("[data-cells-status]");
    const kept = new WeakMap(); // what each cell held when it was last saved
    const refused = new WeakMap(); // what was typed into a cell and is saved all the same when it is sent again
    const shown = new WeakMap(); // the mark of the overlaps that the portal has shown of a row: saved again, it is in their sight
    const queues = new WeakMap(); // one deed of a row after the other: each rises its version
    let waiting = 0;
    let pasted = ""; // what became of the block that was pasted last; it stays beside what is said of saving it

    const say = (text) => {
      if (status) status.textContent = pasted ? `${pasted} ${text}`.trim() : text;
    };
    const cellsOf = (row) => [...row.querySelectorAll(CELL)];
    // Which cells are refused, the first of them by name: they may stand outside the window.
    const marked = () => {
      const cells = [...table.querySelectorAll('tr[data-state="failed"] [aria-invalid="true"]')];
      const named = cells.slice(0, MOST_NAMED).map((cell) => cell.ariaLabel).filter(Boolean);
      return cells.length ? [words.wordMarked, named.join("; ")].join(" ").trim() : "";
    };
    const rows = () => [...table.querySelectorAll("tr[data-cells-row]")].filter((row) => cellsOf(row).length);

    table.classList.add("cells-live");
    for (const cell of table.querySelectorAll(CELL)) kept.set(cell, cell.value);

    // --- Saving ---

    const mark = (cell, message) => {
      const id = `${cell.id}_error`;
      document.getElementById(id)?.remove();
      cell.classList.toggle("is-invalid", Boolean(message));
      if (!message) {
        cell.removeAttribute("aria-invalid");
        cell.removeAttribute("aria-describedby");
        return;
      }
      const list = document.createElement("ul");
      list.className = "field__errors";
      list.id = id;
      list.append(Object.assign(document.createElement("li"), { textContent: message }));
      cell.after(list);
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", id);
    };

    const follow = (row, sent, answer, ok) => {
      const form = row.querySelector("form");
      if (answer.version) form.elements.seen_version.value = answer.version;
      if (answer.overlaps_seen) shown.set(row, answer.overlaps_seen);
      for (const cell of cellsOf(row)) {
        const fault = answer.faults?.[cell.name];
        if (fault) mark(cell, fault);
        if (fault && (answer.theirs || answer.overlaps_seen)) refused.set(cell, sent[cell.name]);
        if (!ok) continue;
        if (!(cell.name in sent)) {
          // It changed with what was sent: nobody has typed in it meanwhile.
          if (answer.cells && cell.name in answer.cells && cell.value === kept.get(cell)) {
            cell.value = answer.cells[cell.name];
            kept.set(cell, cell.value);
          }
          continue;
        }
        // What was typed meanwhile stays; the rest reads as the portal writes it.
        if (cell.value === sent[cell.name]) cell.value = answer.cells?.[cell.name] ?? cell.value;
        kept.set(cell, answer.cells?.[cell.name] ?? sent[cell.name]);
        if (!fault) mark(cell, "");
      }
    };

    const wordFor = (response) => {
      if (response.type === "opaqueredirect") return words.wordSignedOut;
      return response.status === 403 ? words.wordStale : words.wordFailed;
    };

    const post = async (row, sent) => {
      const form = row.querySelector("form");
      const body = new FormData();
      for (const name of ["csrfmiddlewaretoken", "seen_version"]) body.set(name, form.elements[name].value);
      if (shown.has(row)) body.set("overlaps_seen", shown.get(row));
      for (const [name, value] of Object.entries(sent)) body.set(name, value);
      row.dataset.state = "saving";
      say(words.wordSaving);
      try {
        const response = await fetch(form.action, {
          method: "POST",
          body,
          headers: { Accept: "application/json" },
          redirect: "manual",
        });
        const isJson = response.headers.get("Content-Type")?.includes("json");
        const answer = isJson ? await response.json() : {};
        follow(row, sent, answer, response.ok);
        row.dataset.state = response.ok ? "saved" : "failed";
        const time = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", hourCycle: "h23" });
        // One row that is saved does not hide that another was refused.
        if (response.ok) say(marked() || filled(words.wordSaved, { time }));
        else if (answer.theirs) say(words.wordConflict);
        else if (answer.message && answer.message === words.wordMarked) say(marked() || answer.message);
        else say(answer.message || Object.values(answer.faults ?? {})[0] || wordFor(response));
      } catch {
        row.dataset.state = "failed";
        say(words.wordFailed);
      }
    };

    const save = (row, cells) => {
      const sent = {};
      for (const cell of cells) {
        sent[cell.name] = cell.value;
        const along = cell.dataset.with && row.querySelector(`${CELL}[name="${cell.dataset.with}"]`);
        if (along) sent[along.name] = along.value;
      }
      waiting += 1;
      const before = queues.get(row) ?? Promise.resolve();
      const deed = before.then(() => post(row, sent)).finally(() => {
        waiting -= 1;
      });
      queues.set(row, deed);
    };

    table.addEventListener("change", (event) => {
      const cell = event.target;
      if (!cell.matches(CELL)) return;
      pasted = "";
      if (cell.value === kept.get(cell)) mark(cell, "");
      else save(cell.closest("tr"), [cell]);
    });

    // --- Moving ---

    const goTo = (cell) => {
      cell?.focus();
      cell?.select();
    };

    const vertically = (cell, step) => {
      const all = rows();
      const next = all[all.indexOf(cell.closest("tr")) + step];
      // Where no row follows, the cell is left all the same, so that it is saved.
      if (!next) cell.blur();
      goTo(next?.querySelector(`${CELL}[name="${cell.name}"]`) ?? cell);
    };

    const horizontally = (cell, step) => {
      const cells = cellsOf(cell.closest("tr"));
      goTo(cells[cells.indexOf(cell) + step]);
    };

    // Within a text of several lines the arrows up and down go through its lines.
    const hasLines = (cell) => cell.localName === "textarea" && cell.value.includes("\n");

    const breakLine = (cell) => cell.setRangeText("\n", cell.selectionStart, cell.selectionEnd, "end");

    const caretAt = (cell, end) =>
      cell.selectionStart === cell.selectionEnd && cell.selectionStart === (end ? cell.value.length : 0);

    table.addEventListener("keydown", (event) => {
      const cell = event.target;
      if (!cell.matches(CELL) || event.isComposing) return;
      if (event.altKey && event.key === "Enter" && cell.localName === "textarea") {
        breakLine(cell);
        event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const onwards = getComputedStyle(table).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
      // In a cell with a list of words, the arrows go through the list.
      const up = event.key === "ArrowUp" && !cell.list && !hasLines(cell);
      const down = event.key === "ArrowDown" && !cell.list && !hasLines(cell);
      // What was refused because of another's, or to be seen first, is saved by Enter.
      const again = cell.hasAttribute("aria-invalid") && cell.value !== kept.get(cell) && cell.value === refused.get(cell);
      if (event.key === "Enter" && again) save(cell.closest("tr"), [cell]);
      else if (event.key === "Enter") vertically(cell, event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") cell.value = kept.get(cell);
      else if (down) vertically(cell, 1);
      else if (up) vertically(cell, -1);
      else if (event.key === onwards && caretAt(cell, true)) horizontally(cell, 1);
      else if (/^Arrow(Left|Right)$/.test(event.key) && event.key !== onwards && caretAt(cell, false)) horizontally(cell, -1);
      else return;
      event.preventDefault();
    });

    // --- Paste from a spreadsheet ---

    // Rows of cells; a cell of several lines, or with a quotation mark, stands in quotation marks.
    const blockOf = (text) => {
      const block = [[""]];
      const quoted = /\t|\n|"((?:[^"]|"")*)"(?=[\t\n]|$)|[^\t\n]+/gy;
      for (let part = quoted.exec(text); part; part = quoted.exec(text)) {
        const line = block.at(-1);
        if (part[0] === "\t") line.push("");
        else if (part[0] === "\n") block.push([""]);
        else line[line.length - 1] += part[1] === undefined ? part[0] : part[1].replaceAll('""', '"');
      }
      return block;
    };

    table.addEventListener("paste", (event) => {
      const start = event.target;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!start.matches?.(CELL) || !/[\t\n\r]/.test(text.trimEnd())) return;
      // Several lines of one text, into a cell that takes them.
      if (start.localName === "textarea" && !/\t/.test(text) && !/^"/.test(text)) return;
      event.preventDefault();
      const block = blockOf(text.replace(/\r\n?/g, "\n").replace(/\n$/, ""));
      // The block keeps its shape: what falls on a cell of somebody else is left out, and never moves to the next.
      const all = [...table.tBodies].flatMap((body) => [...body.rows]);
      const first = all.indexOf(start.closest("tr"));
      const column = start.closest("td").cellIndex;
      let done = 0;
      let skipped = 0;
      block.forEach((line, down) => {
        const row = all[first + down];
        const changed = [];
        line.forEach((value, across) => {
          const cell = row?.cells[column + across]?.querySelector(CELL);
          if (!cell) {
            skipped += value.trim() ? 1 : 0;
            return;
          }
          cell.value = cell.localName === "textarea" ? value.trim() : value.trim().replace(/\s*\n\s*/g, " ");
          done += 1;
          if (cell.value === kept.get(cell)) mark(cell, "");
          else changed.push(cell);
        });
        if (changed.length) save(row, changed);
      });
      pasted = filled(words.wordPasted, { filled: done, skipped });
      say("");
    });

    window.addEventListener("beforeunload", (event) => {
      const typed = document.activeElement?.matches?.(CELL) && document.activeElement.value !== kept.get(document.activeElement);
      if (waiting || typed) event.preventDefault();
    });
  }
})();
