"use strict";
// The page is whole without this: it folds the register, filters and sorts it, and follows links into it.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  const table = $(".register");
  const rows = table ? [...table.tBodies] : [];
  const form = $(".filters");
  const order = { critical: 3, high: 2, medium: 1, low: 0 };
  // What a link in a matrix asks for: likelihood and impact, or a technique.
  let cell = null;

  const button = (row) => $(".title button", row);
  const open = (row, on) => {
    row.classList.toggle("open", on);
    button(row).setAttribute("aria-expanded", String(on));
  };

  for (const row of rows) {
    const title = $(".title", row);
    const toggle = document.createElement("button");
    toggle.type = "button";
    toggle.append(...title.childNodes);
    title.append(toggle);
    open(row, false);
    // Anywhere on the row will do, but not while somebody selects text.
    $(".head", row).addEventListener("click", (event) => {
      if (event.target.closest("a") || String(getSelection())) return;
      open(row, !row.classList.contains("open"));
      label();
    });
  }

  const unfold = $("#unfold");
  const visible = () => rows.filter((row) => !row.classList.contains("gone"));
  function label() {
    if (unfold) unfold.textContent = visible().some((row) => !row.classList.contains("open")) ? "Open all" : "Close all";
  }

  function filter() {
    if (!form) return;
    const words = $("#q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const risk = $("#risk-filter").value;
    const status = $("#status-filter").value;
    const fresh = $("#new-filter")?.checked;
    let shown = 0;
    for (const row of rows) {
      const data = row.dataset;
      row.text ??= row.textContent.toLowerCase();
      const fits =
        (!risk || data.risk === risk) &&
        (!status || data.status === status) &&
        (!fresh || "new" in data) &&
        (!cell?.l || (data.l === cell.l && data.i === cell.i && data.status === "open")) &&
        (!cell?.technique || data.t.split(" ").includes(cell.technique)) &&
        words.every((word) => row.text.includes(word));
      row.classList.toggle("gone", !fits);
      if (fits) shown += 1;
    }
    const active = words.length || risk || status || fresh || cell;
    $("#clear").hidden = !active;
    $("#clear span").textContent = cell?.technique ?? (cell ? `${cell.l}, impact ${cell.i}` : "");
    $("#shown").textContent = `${shown} of ${rows.length} shown`;
    label();
  }

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", filter);
    $("#clear").addEventListener("click", () => {
      cell = null;
      form.reset();
      filter();
      $("#q").focus();
    });
    unfold.addEventListener("click", () => {
      const on = visible().some((row) => !row.classList.contains("open"));
      visible().forEach((row) => open(row, on));
      label();
    });
    filter();
  }

  for (const link of all("a[data-risk], a[data-l], a[data-technique]")) {
    link.addEventListener("click", () => {
      if (!form) return;
      const { risk, l, i, technique } = link.dataset;
      form.reset();
      cell = l ? { l, i } : technique ? { technique } : null;
      if (risk) {
        $("#risk-filter").value = risk;
        if ($('#status-filter option[value="open"], #status-filter option')) $("#status-filter").value = "open";
      }
      filter();
    });
  }

  // Sorting keeps the order in which equals stood in the report.
  const value = (row, column) => {
    const field = $(".head", row).cells[column];
    const known = field.dataset.v;
    if (known) return Number(known);
    const text = field.textContent.trim();
    return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text.toLowerCase();
  };
  for (const head of table ? all("th", table.tHead) : []) {
    const toggle = document.createElement("button");
    toggle.type = "button";
    toggle.append(...head.childNodes);
    head.append(toggle);
    toggle.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const words = ["title", "element", "stride", "status"].includes(head.dataset.sort);
      const direction = before === "descending" ? "ascending" : before === "ascending" ? "descending" : words ? "ascending" : "descending";
      all("th[aria-sort]", table.tHead).forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      const keyed = rows.map((row) => [value(row, head.cellIndex), Number(row.dataset.o), row]);
      keyed.sort(([a, i], [b, j]) => (a < b ? -sign : a > b ? sign : i - j));
      table.append(...keyed.map(([, , row]) => row));
    });
  }

  function follow() {
    let id;
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const target = id && document.getElementById(id);
    if (!target) return;
    const row = target.closest(".register > tbody");
    if (row) {
      row.classList.remove("gone");
      open(row, true);
      row.scrollIntoView({ block: "start" });
    }
    target.closest("details")?.setAttribute("open", "");
  }
  addEventListener("hashchange", follow);
  follow();
  // A second click on the same link changes no hash, but the row may have been closed since.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.hash === location.hash) follow();
    const path = link?.dataset.path;
    if (path) {
      event.preventDefault();
      const radio = document.getElementById(`p${path}`);
      radio.checked = true;
      $(".diagram").scrollIntoView({ block: "start" });
      radio.focus({ preventScroll: true });
    }
  });

  // A diagram larger than its frame shows the place where the chosen path begins.
  const canvas = $(".canvas.large");
  function centre() {
    const chosen = $(".choice input:checked")?.id.slice(1);
    const mark = canvas && $(`.layer-${chosen} .vb-step`, canvas);
    if (!mark) return;
    const [frame, place] = [canvas.getBoundingClientRect(), mark.getBoundingClientRect()];
    canvas.scrollBy(place.left - frame.left - frame.width / 2, place.top - frame.top - frame.height / 2);
  }
  if (canvas) {
    $(".choice")?.addEventListener("change", centre);
    centre();
  }

  // What is folded on the screen is not folded on paper.
  const folded = () => all("details.big, details.why");
  addEventListener("beforeprint", () => folded().forEach((part) => { part.dataset.was = part.open; part.open = true; }));
  addEventListener("afterprint", () => folded().forEach((part) => { part.open = part.dataset.was === "true"; }));
})();
