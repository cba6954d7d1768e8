/* A search over a long list of boxes, and above it what is chosen:
   <div data-search="Find a place" data-chosen="Chosen:" data-none="none yet"> around the field.
   Without this script the list is as good, only longer. Ticked boxes always stay in sight. */

const LONG = 12;

for (const block of document.querySelectorAll("[data-search]")) {
  const options = [...block.querySelectorAll(".choices .form-check")];
  if (options.length < LONG) continue;

  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "search";
  input.className = "form-control";
  input.autocomplete = "off";
  label.className = "choices__search";
  label.append(block.dataset.search, input);
  const chosen = document.createElement("p");
  chosen.className = "quiet";
  chosen.setAttribute("role", "status");
  block.querySelector(".choices").before(label, chosen);

  const tell = () => {
    const names = options.filter((option) => option.querySelector("input").checked).map((option) => option.textContent.trim());
    chosen.textContent = `${block.dataset.chosen} ${names.join("; ") || block.dataset.none}`;
  };
  block.addEventListener("change", tell);
  tell();

  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const option of options) {
      const group = option.closest("[role=group]");
      const text = `${option.textContent} ${group ? group.getAttribute("aria-label") : ""}`.toLowerCase();
      const wanted = words.every((word) => text.includes(word));
      option.hidden = !wanted && !option.querySelector("input").checked;
    }
    for (const group of block.querySelectorAll(".choices [role=group]")) {
      group.hidden = !group.querySelector(".form-check:not([hidden])");
    }
  });

  // Enter would send the form.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
