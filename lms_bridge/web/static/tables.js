// Sorting and filtering of tables. Without this file a table stands in the order that the server gave it.
"use strict";

(() => {
  function valueOf(row, column) {
    const cell = row.cells[column];
    return cell ? (cell.dataset.value ?? cell.textContent.trim()) : "";
  }

  const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  function compare(left, right) {
    const [a, b] = [Number(left), Number(right)];
    if (left !== "" && right !== "" && !Number.isNaN(a) && !Number.isNaN(b)) return a - b;
    return words.compare(left, right);
  }

  function makeSortable(table) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      if ("fixed" in head.dataset) return;
      const text = head.textContent.trim();
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = text;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const falls = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", falls ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = Array.from(body.rows).sort((a, b) => compare(valueOf(a, column), valueOf(b, column)));
        body.append(...(falls ? rows.reverse() : rows));
      });
    });
  }

  function makeFilterable(table, place) {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 8) return;
    const box = document.createElement("p");
    box.className = "table-filter";
    const label = document.createElement("label");
    const input = document.createElement("input");
    const told = document.createElement("span");
    input.type = "search";
    input.id = `filter-${place}`;
    label.htmlFor = input.id;
    label.textContent = table.dataset.filter;
    told.className = "soft";
    told.setAttribute("role", "status");
    box.append(label, input, told);
    table.parentElement.before(box);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLocaleLowerCase();
      let shown = 0;
      rows.forEach((row) => {
        row.hidden = wanted !== "" && !row.textContent.toLocaleLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      });
      told.textContent = wanted ? `${shown} of ${rows.length}` : "";
    });
  }

  document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  document.querySelectorAll("table[data-filter]").forEach(makeFilterable);
})();
