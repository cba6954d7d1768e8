/* A list whose items are dragged into order:
   <ol data-order="id of a form with a field named order"> around <li data-key="…">.
   Dropping sends the keys in their new order. Without this script, by keyboard and on touch, the buttons of each item
   move it. */

for (const list of document.querySelectorAll("[data-order]")) {
  const form = document.getElementById(list.dataset.order);
  const keys = () => [...list.children].map((item) => item.dataset.key).join(",");
  const before = keys();
  let dragged = null;

  for (const item of list.children) {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      item.dataset.dragged = "";
      event.dataTransfer.effectAllowed = "move";
    });
    item.addEventListener("dragend", () => {
      delete item.dataset.dragged;
      dragged = null;
      if (keys() === before) return;
      form.elements.order.value = keys();
      form.submit();
    });
  }

  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const over = event.target.closest("[data-key]");
    if (!over || over === dragged || over.parentElement !== list) return;
    const box = over.getBoundingClientRect();
    const isBelow = event.clientY > box.top + box.height / 2;
    list.insertBefore(dragged, isBelow ? over.nextSibling : over);
  });
}
