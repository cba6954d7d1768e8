// A menu made of <details data-menu> closes on Escape, on a click elsewhere, and when the focus leaves it.
// Without this script it stays open until its summary is pressed again.
(() => {
  "use strict";

  const openMenus = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  for (const moved of ["click", "focusin"]) {
    document.addEventListener(moved, (event) => {
      for (const menu of openMenus()) {
        if (!menu.contains(event.target)) menu.open = false;
      }
    });
  }
})();
