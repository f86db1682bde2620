// Keyboard movement inside heat maps: the map becomes one stop of the Tab key, the arrow keys, Home, End, Page Up and
// Page Down move between its cells. Without this file every cell is an ordinary link.
"use strict";

(() => {
  const PAGE = 10;

  function linkOf(cell) {
    return cell ? cell.querySelector("a") : null;
  }

  function prepare(table) {
    const rows = Array.from(table.tBodies[0].rows, (row) => Array.from(row.cells));
    const links = rows.flatMap((cells) => cells.map(linkOf).filter(Boolean));
    if (!links.length) return;
    links.forEach((link, place) => link.setAttribute("tabindex", place === 0 ? "0" : "-1"));
    const region = table.closest("[role=region]");
    if (region && !document.getElementById("grid-keys")) {
      const hint = document.createElement("p");
      hint.id = "grid-keys";
      hint.className = "soft";
      hint.textContent = "Arrow keys move inside the map, Home and End to the ends of a row, Enter opens the proof.";
      region.after(hint);
    }

    function select(link) {
      links.forEach((other) => other.setAttribute("tabindex", "-1"));
      link.setAttribute("tabindex", "0");
    }

    function search(row, column, rowStep, columnStep) {
      let [r, c] = [row + rowStep, column + columnStep];
      while (rows[r] && c >= 0 && c < rows[r].length) {
        const link = linkOf(rows[r][c]);
        if (link) return link;
        r += rowStep;
        c += columnStep;
      }
      return null;
    }

    function target(key, row, column) {
      const last = rows[row].length;
      switch (key) {
        case "ArrowRight":
          return search(row, column, 0, 1);
        case "ArrowLeft":
          return search(row, column, 0, -1);
        case "ArrowDown":
          return search(row, column, 1, 0);
        case "ArrowUp":
          return search(row, column, -1, 0);
        case "Home":
          return search(row, -1, 0, 1);
        case "End":
          return search(row, last, 0, -1);
        case "PageDown":
          return search(Math.min(row + PAGE, rows.length) - 1, column, 1, 0) || search(rows.length, column, -1, 0);
        case "PageUp":
          return search(Math.max(row - PAGE, -1) + 1, column, -1, 0) || search(-1, column, 1, 0);
        default:
          return null;
      }
    }

    table.addEventListener("focusin", (event) => {
      if (event.target.closest("tbody") && event.target.matches("a")) select(event.target);
    });
    table.addEventListener("keydown", (event) => {
      const cell = event.target.closest("tbody td, tbody th");
      if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
      const row = rows.findIndex((cells) => cells.includes(cell));
      const next = target(event.key, row, rows[row].indexOf(cell));
      if (!next) return;
      event.preventDefault();
      next.focus();
      // The sticky head and first column must not cover the cell that has the focus.
      next.scrollIntoView({ block: "center", inline: "center" });
    });
  }

  document.querySelectorAll("table[data-grid]").forEach(prepare);
})();
