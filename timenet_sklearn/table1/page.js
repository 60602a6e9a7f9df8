for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table");
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => parseFloat(row.cells[head.cellIndex].textContent);
    const compare = (one, other) => {
      const a = key(one), b = key(other);
      if (isNaN(a) || isNaN(b)) return isNaN(a) - isNaN(b); // empty cells stay last
      return up ? a - b : b - a;
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  });
}
