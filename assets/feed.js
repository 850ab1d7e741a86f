// A feed's page: the period that is shown, and tables that are sorted by a press on a column's name.
(function () {
  "use strict";
  function show(button) {
    const page = button.closest(".feed-page");
    page.dataset.span = button.dataset.span;
    for (const other of page.querySelectorAll(".span-button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  }

  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return "";
    return cell.dataset.value === undefined ? cell.textContent : cell.dataset.value === "" ? NaN : +cell.dataset.value;
  };
  function compare(one, other) {
    if (typeof one === "string") return one.localeCompare(other, document.documentElement.lang);
    if (isNaN(one) || isNaN(other)) return isNaN(one) - isNaN(other); // nothing known comes last, either way
    return one - other;
  }
  // Rows are moved, never made or dropped: what the server sends next finds every one of them in this body.
  function sort(table) {
    const body = table.tBodies[0], column = +table.dataset.column, down = table.dataset.down === "true";
    const rows = [...body.rows];
    const sorted = rows.map((row) => [row, key(row, column)]).sort(([, one], [, other]) => {
      const order = compare(one, other);
      return down && !Number.isNaN(one) && !Number.isNaN(other) ? -order : order;
    });
    if (sorted.some(([row], at) => row !== rows[at])) body.append(...sorted.map(([row]) => row));
  }

  const watched = new WeakMap();
  function press(head) {
    const table = head.closest("table"), column = head.cellIndex;
    table.dataset.down = String(+table.dataset.column === column && table.dataset.down !== "true");
    table.dataset.column = column;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", table.dataset.down === "true" ? "descending" : "ascending");
    sort(table);
    if (watched.has(table)) return;
    const observer = new MutationObserver(() => {
      sort(table);
      observer.takeRecords();
    });
    observer.observe(table.tBodies[0], { childList: true, characterData: true, attributes: true, subtree: true });
    watched.set(table, observer);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".span-button");
    if (button) show(button);
    const sorter = event.target.closest(".sortable th .sorter");
    if (sorter) press(sorter.closest("th"));
  });
})();
