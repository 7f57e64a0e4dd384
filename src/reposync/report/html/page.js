"use strict";
(() => {
  const collator = new Intl.Collator("en", { numeric: true });
  const keyOf = (row, column) => {
    const cell = row.children[column];
    return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
  };
  const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));

  const sort = (table, header) => {
    const isNumber = header.classList.contains("number");
    const first = isNumber ? "descending" : "ascending";
    const other = isNumber ? "ascending" : "descending";
    const order = header.getAttribute("aria-sort") === first ? other : first;
    for (const each of header.parentNode.cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => [keyOf(row, header.cellIndex), row]);
    keyed.sort(([a], [b]) => sign * compare(a, b));
    // Rows that are moved within the document cost a browser a hundred times as much.
    const place = document.createComment("");
    body.replaceWith(place);
    for (const [, row] of keyed) body.append(row);
    place.replaceWith(body);
  };

  for (const table of document.querySelectorAll("table")) {
    for (const header of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(table, header));
      header.append(button);
    }
  }

  const images = document.getElementById("images");
  if (!images) return;
  const rows = Array.from(images.querySelector("tbody").rows);
  const search = images.querySelector("input[type=search]");
  const boxes = Array.from(images.querySelectorAll("input[type=checkbox]"));
  const shown = images.querySelector("output");
  let texts;

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    texts ??= rows.map((row) => row.textContent.toLowerCase());
    let count = 0;
    rows.forEach((row, number) => {
      const fits = wanted.has(row.className) && words.every((word) => texts[number].includes(word));
      row.hidden = !fits;
      count += fits;
    });
    shown.value = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };

  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 150);
  });
  for (const box of boxes) box.addEventListener("change", filter);
  document.documentElement.classList.add("js");
})();
