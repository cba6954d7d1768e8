/* A search over a long list of boxes: <div data-search="Find a place"> around the field. Without this script the list
   is as good, only longer. Ticked boxes always stay in sight. */

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
  block.querySelector(".choices").before(label);

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
