"use strict";
// Redraws the page for a period and a segment, sorts tables, and tells where figures come from. Every text goes in as text.
(() => {
  const D = JSON.parse(document.getElementById("data").textContent);
  const Z = 1.959963984540054, NONE = "–", MINUS = "−";
  const $ = (id) => document.getElementById(id);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (name, attributes, ...children) => {
    const one = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) one.setAttribute(key, value);
    one.append(...children);
    return one;
  };

  // ---- figures, as leadhouse.report.figures has them
  const wilson = (part, whole) => {
    if (whole <= 0 || part > whole) return null;
    const share = part / whole, centre = share + Z * Z / 2 / whole;
    const reach = Z * Math.sqrt((share * (1 - share) + Z * Z / 4 / whole) / whole), scale = 1 + Z * Z / whole;
    return [Math.max(0, (centre - reach) / scale), Math.min(1, (centre + reach) / scale)];
  };
  const perEvent = (value, count) => {
    if (count <= 0) return null;
    const factor = Math.exp(Z / Math.sqrt(count));
    return [value / factor, value * factor];
  };
  const estimate = (value, ends) => ({ value, low: ends ? ends[0] : null, high: ends ? ends[1] : null });
  const nothing = estimate(null);
  const changeOfCounts = (now, before) => {
    if (before <= 0) return nothing;
    if (now <= 0) return estimate(-1);
    const ratio = now / before, reach = Math.exp(Z * Math.sqrt(1 / now + 1 / before));
    return estimate(ratio - 1, [ratio / reach - 1, ratio * reach - 1]);
  };
  const changeOfShares = (now, before) => {
    const ours = wilson(...now), theirs = wilson(...before);
    if (!ours || !theirs) return nothing;
    const share = now[0] / now[1], other = before[0] / before[1], gap = share - other;
    return estimate(gap, [gap - Math.hypot(share - ours[0], theirs[1] - other), gap + Math.hypot(ours[1] - share, other - theirs[0])]);
  };
  const fixed = (value, digits) => {
    const text = Math.abs(value).toFixed(digits), [whole, rest] = text.split(".");
    const sign = value < 0 && Number(text) !== 0 ? MINUS : "";
    return sign + whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (rest ? "." + rest : "");
  };
  const digits = (kind, value) => kind === "money" ? (Math.abs(value) >= 100 || value === 0 ? 0 : 2) : ({ credit: 1, hours: 1, ratio: 2 })[kind] || 0;
  const written = (kind, value) => {
    if (value === null) return NONE;
    if (kind === "rate") return fixed(value * 100, 1) + " %";
    if (kind === "change" || kind === "roi") return (value > 0 ? "+" : "") + fixed(value * 100, 0) + " %";
    if (kind === "points") return (value > 0 ? "+" : "") + fixed(value * 100, 1) + " points";
    return fixed(value, digits(kind, value));
  };
  const interval = (kind, found) => {
    if (found.value === null || found.low === null || found.high === null) return "";
    const end = (value) => kind === "rate" || kind === "points" ? fixed(value * 100, 1)
      : kind === "change" || kind === "roi" ? fixed(value * 100, 0) : fixed(value, digits(kind, found.high));
    return end(found.low) + " to " + end(found.high);
  };
  const shownKind = (column) => column.when === "change" ? (column.kind === "rate" ? "points" : "change") : column.kind === "cost" ? "money" : column.kind;

  // ---- cubes, as leadhouse.report.cubes has them; a place is {first, last, segment, key, keyed}
  const cubeOf = (name) => D.cubes[name.split(".")[0]];
  const isSplit = (cube) => Object.keys(cube.splits).length > 0;
  const rowsBy = new Map();
  const rowsAt = (name, cube, place) => {
    const id = name.split(".")[0];
    if (!rowsBy.has(id)) {
      const found = new Map();
      for (const row of cube.rows) found.has(row[1]) ? found.get(row[1]).push(row) : found.set(row[1], [row]);
      rowsBy.set(id, { found, places: new Map(cube.groups.map((group, number) => [group, number])) });
    }
    const { found, places } = rowsBy.get(id);
    if (isSplit(cube)) return found.get(place.segment) || [];
    if (!place.keyed || cube.group === null) return cube.rows;
    return found.get(places.get(place.key)) || [];
  };
  const measure = (name, place) => {
    const cube = cubeOf(name), number = 2 + Object.keys(cube.measures).indexOf(name.split(".")[1]);
    if (isSplit(cube) && !(D.segments[place.segment][0] in cube.splits)) return null;
    if (!cube.additive && !place.keyed) return null;
    let total = cube.month ? 0 : null;
    for (const row of rowsAt(name, cube, place)) {
      if (cube.month && (row[0] < place.first || row[0] > place.last)) continue;
      if (row[number] !== null) total = (total || 0) + row[number];
    }
    return total;
  };
  const valueAt = (column, place) => {
    const top = measure(column.of, place);
    if (column.low && column.high) return estimate(top, [measure(column.low, place), measure(column.high, place)]);
    if (!column.per || top === null) return estimate(top);
    const below = measure(column.per, place);
    if (!below || (column.kind === "cost" && !top)) return nothing;
    if (column.kind === "roi") return estimate((top - below) / below);
    const value = top / below;
    return estimate(value, column.kind === "rate" ? wilson(top, below) : column.kind === "cost" ? perEvent(value, below) : null);
  };
  const before = (place) => {
    const length = place.last - place.first + 1;
    return place.first >= length && place.last <= D.whole ? { ...place, first: place.first - length, last: place.first - 1 } : null;
  };
  const figure = (column, place) => {
    if (!column.when || column.when === "now") return valueAt(column, place);
    const earlier = before(place);
    if (!earlier) return nothing;
    if (column.when === "before") return valueAt(column, earlier);
    if (column.kind === "rate") {
      const pairs = [place, earlier].map((one) => [measure(column.of, one), measure(column.per, one)]);
      return pairs.every(([part, whole]) => part !== null && whole) ? changeOfShares(...pairs) : nothing;
    }
    const now = valueAt(column, place).value, then = valueAt(column, earlier).value;
    if (now === null || !then) return nothing;
    return column.kind === "count" ? changeOfCounts(now, then) : estimate(now / then - 1);
  };
  const quoted = (text) => "'" + text.replaceAll("'", "''") + "'";
  const source = (name, place) => {
    const cube = cubeOf(name), conditions = [cube.where];
    if (cube.month && place.first !== null) conditions.push(`${cube.month} between date '${D.months[place.first]}' and date '${D.months[place.last]}'`);
    if (isSplit(cube)) {
      const [kind, value] = D.segments[place.segment], split = cube.splits[kind];
      if (split) conditions.push(split[0], value === null ? "" : `${split[1]} = ${quoted(value)}`);
    } else if (place.keyed && cube.group !== null) {
      conditions.push(place.key === null ? `${cube.group} is null` : `${cube.group} = ${quoted(place.key)}`);
    }
    const given = conditions.filter((one) => one);
    return `from ${cube.relation}` + (given.length ? ` where ${given.join(" and ")}` : "");
  };
  const statement = (column, place) => {
    const sql = (name) => cubeOf(name).measures[name.split(".")[1]];
    if (!column.per) return `select ${sql(column.of)} ${source(column.of, place)}`;
    let top = sql(column.of), below = sql(column.per), from = " " + source(column.of, place);
    if (column.of.split(".")[0] !== column.per.split(".")[0]) {
      top = `(select ${top} ${source(column.of, place)})`;
      below = `(select ${below} ${source(column.per, place)})`;
      from = "";
    }
    if (column.kind === "roi") return `select cast(${top} - ${below} as double) / nullif(${below}, 0)${from}`;
    return `select cast(${column.kind === "cost" ? `nullif(${top}, 0)` : top} as double) / nullif(${below}, 0)${from}`;
  };
  const sqlOf = (column, place) => {
    if (!column.when || column.when === "now") return statement(column, place);
    const earlier = before(place);
    if (!earlier) return "";
    if (column.when === "before") return statement(column, earlier);
    const now = statement(column, place), then = statement(column, earlier);
    return column.kind === "rate" ? `select (${now}) - (${then})` : `select cast((${now}) as double) / nullif((${then}), 0) - 1`;
  };

  // ---- drawing
  const now = { first: D.first, last: D.last, segment: 0, key: null, keyed: false };
  const fill = (cell, column, place) => {
    const found = column.kind === "none" ? null : figure(column, place);
    cell.removeAttribute("data-v");
    if (!found) return cell.replaceChildren(make("span", { class: "v" }));
    if (found.value !== null) cell.setAttribute("data-v", found.value);
    const kind = shownKind(column), between = interval(kind, found);
    cell.replaceChildren(make("span", { class: "v" }, written(kind, found.value)), ...(between ? [" ", make("small", {}, `(${between})`)] : []));
  };
  // What is not known here has no statement to show: medians of all groups, and what is not split by that kind of segment.
  const knows = (cube, place) => isSplit(cube) ? D.segments[place.segment][0] in cube.splits : cube.additive || place.keyed;
  const isKnown = (column, place) => column.kind !== "none" && [column.of, column.per].every((name) => !name || knows(cubeOf(name), place));
  const draw = (table, name) => {
    const T = D.tables[name], place = { ...now, segment: 0 };
    if (T.lines.length) {
      for (const row of table.tBodies[0].rows)
        T.lines[row.dataset.r].forEach((column, number) => fill(row.querySelector(`[data-k="${number}"]`), column, now));
      return bars(table, T);
    }
    const cube = D.cubes[T.groups], found = [];
    cube.groups.forEach((group, number) => {
      const at = { ...place, key: group, keyed: true };
      const values = T.columns.map((column) => valueAt(column, at).value);
      if (T.columns.some((column, place) => cubeOf(column.of).month && values[place]))
        found.push({ at, label: T.labels[number], texts: T.texts.map((texts) => texts[number]), value: values[T.sort] });
    });
    const size = (one) => one.value === null ? -Infinity : one.value;
    found.sort((a, b) => size(b) - size(a) || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
    const kept = T.limit ? found.slice(0, T.limit) : found;
    const rows = kept.map((one, number) => rowOf(T, one.label, one.texts, one.at, number));
    if (T.total && kept.length) {
      const total = rowOf(T, "All", T.texts.map(() => ""), place, kept.length);
      total.className = "total";
      rows.push(total);
    }
    T.keys = kept.map((one) => one.at.key);
    table.tBodies[0].replaceChildren(...rows);
    all("thead th", table).forEach((head) => head.removeAttribute("aria-sort"));
    table.parentElement.querySelector(".empty").hidden = rows.length > 0;
    const left = document.querySelector(`[data-left="${name}"]`), count = found.length - kept.length;
    left.hidden = !count;
    left.textContent = `${count} more are left out; the mart has them.`;
    bars(table, T);
  };
  const rowOf = (T, label, texts, place, number) => {
    const cells = T.columns.map((column, number) => {
      const cell = make("td", { class: "n", "data-k": number });
      isKnown(column, place) ? fill(cell, column, place) : cell.append(make("span", { class: "v" }, NONE));
      return cell;
    });
    return make("tr", { "data-r": number }, make("th", { scope: "row" }, label), ...texts.map((text) => make("td", { class: "t" }, text)), ...cells);
  };
  const bars = (table, T) => {
    if (T.bar === null) return;
    const rows = [...table.tBodies[0].rows].filter((row) => row.className !== "total");
    const sizes = rows.map((row) => Number(row.querySelector(`[data-k="${T.bar}"]`).dataset.v || 0)), most = Math.max(0, ...sizes);
    rows.forEach((row, number) => {
      const bar = row.cells[0].querySelector(".bar") || row.cells[0].appendChild(make("span", { class: "bar" }));
      bar.style.width = `${most ? 100 * sizes[number] / most : 0}%`;
    });
  };
  const drawCards = () => D.cards.forEach((column, number) => {
    const card = document.querySelector(`[data-card="${number}"]`);
    const put = (part, text, value) => {
      const one = card.querySelector("." + part);
      one.textContent = text;
      value === null || value === undefined ? one.removeAttribute("data-v") : one.setAttribute("data-v", value);
    };
    const found = figure(column, now), after = { ...column, when: "change" }, change = figure(after, now);
    const kind = shownKind(column), between = interval(kind, found), reach = interval(shownKind(after), change);
    put("value", written(kind, found.value), found.value);
    put("between", between && `(${between})`);
    put("change", change.value === null ? "no period before to compare with"
      : `${written(shownKind(after), change.value)}${reach && ` (${reach})`} against the period before`, change.value);
  });
  const niceStep = (highest) => {
    if (highest <= 0) return 1;
    const raw = highest / 4, power = 10 ** Math.floor(Math.log10(raw));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => raw <= step * (1 + 1e-9));
  };
  const drawTrend = (name) => {
    const holder = document.querySelector(`[data-trend="${name}"]`), svg = holder.querySelector(".plot svg");
    const table = document.querySelector(`table[data-t="${name}"]`), columns = D.trends[name].columns;
    const lines = columns.map((column) => D.months.map((_, month) => valueAt(column, { ...now, first: month, last: month }).value || 0));
    for (const row of table.tBodies[0].rows) {
      const month = D.months.length - 1 - row.dataset.r;
      columns.forEach((column, number) => fill(row.querySelector(`[data-k="${number}"]`), column, { ...now, first: month, last: month }));
    }
    const [width, height, left, right, top, bottom] = [640, 250, 46, 24, 10, 28];
    const highest = Math.max(0, ...lines.flat()), step = niceStep(highest), most = step * Math.max(1, Math.ceil(highest / step - 1e-9));
    const across = (x) => (left + x / (D.months.length - 1 || 1) * (width - left - right)).toFixed(1);
    const down = (y) => (height - bottom - y / most * (height - top - bottom)).toFixed(1);
    const part = (name, attributes, text) => {
      const one = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
      if (text) one.textContent = text;
      return one;
    };
    const parts = [];
    for (let number = 0; number <= Math.round(most / step); number++) {
      const y = down(number * step);
      parts.push(part("line", { class: "grid", x1: left, x2: width - right, y1: y, y2: y }));
      parts.push(part("text", { x: left - 6, y, dy: 4, "text-anchor": "end" }, Number((number * step).toPrecision(10)).toLocaleString("en-US")));
    }
    const every = Math.max(1, Math.ceil(D.months.length / 9));
    D.months.forEach((month, number) => number % every || parts.push(part("text", { x: across(number), y: height - 8, "text-anchor": "middle" }, month.slice(0, 7))));
    lines.forEach((values, number) => parts.push(part("path", { class: `line line${number}`, d: "M" + values.map((y, x) => `${across(x)},${down(y)}`).join(" L") })));
    svg.replaceChildren(...parts);
  };
  const redraw = () => {
    drawCards();
    for (const table of all("table[data-live]")) table.dataset.t in D.tables ? draw(table, table.dataset.t) : drawTrend(table.dataset.t);
    for (const [name, note] of Object.entries(D.notes)) {
      const one = document.querySelector(`[data-note="${name}"]`), count = measure(note.column.of, { ...now, segment: 0 });
      one.hidden = !count;
      one.textContent = count ? note.text.replace("{n}", count).replace("{all}", now.last - now.first + 1) : "";
    }
    const month = (number) => D.months[number].slice(0, 7), option = $("segment").selectedOptions[0];
    const kind = option.parentElement.label ? option.parentElement.label.toLowerCase() + " " : "";
    $("chosen").textContent = `Shown: ${month(now.first)} to ${month(now.last)}, ${kind}${now.segment ? option.textContent : "all leads"}.`;
  };

  // ---- choices
  const choose = () => {
    now.first = Number($("first").value);
    now.last = Number($("last").value);
    now.segment = Number($("segment").value);
    const preset = `${now.first}-${now.last}`, known = all("option", $("preset")).some((one) => one.value === preset);
    $("preset").value = known ? preset : "";
    hide();
    redraw();
  };
  $("preset").addEventListener("change", (event) => {
    if (!event.target.value) return;
    [$("first").value, $("last").value] = event.target.value.split("-");
    choose();
  });
  $("first").addEventListener("change", () => {
    if (Number($("first").value) > Number($("last").value)) $("last").value = $("first").value;
    choose();
  });
  $("last").addEventListener("change", () => {
    if (Number($("first").value) > Number($("last").value)) $("first").value = $("last").value;
    choose();
  });
  $("segment").addEventListener("change", choose);
  $("choices").addEventListener("submit", (event) => event.preventDefault());
  // A browser may put back what was chosen before the page was loaded again.
  $("choices").reset();
  $("choices").hidden = false;

  // ---- sorting
  for (const table of all("main table")) {
    all("thead th", table).forEach((head, place) => {
      const button = make("button", { type: "button" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const isDown = head.getAttribute("aria-sort") !== "descending" && place > 0 || head.getAttribute("aria-sort") === "ascending";
        all("thead th", table).forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows], totals = rows.filter((row) => row.className === "total");
        const value = (row) => row.cells[place].dataset.v === undefined ? null : Number(row.cells[place].dataset.v);
        const text = (row) => row.cells[place].textContent;
        const order = (a, b) => {
          if (!head.classList.contains("n")) return (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0) * (isDown ? -1 : 1);
          const [ours, theirs] = [value(a), value(b)];
          if (ours === null || theirs === null) return (ours === null) - (theirs === null);
          return (ours - theirs) * (isDown ? -1 : 1);
        };
        table.tBodies[0].append(...rows.filter((row) => row.className !== "total").sort(order), ...totals);
      });
    });
  }

  // ---- where a figure comes from
  const box = $("source");
  let shown = null;
  const hide = () => {
    if (shown) shown.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  };
  const told = (element) => {
    if (element.dataset.q) return { words: "", sql: element.dataset.q };
    if (element.dataset.card) return toldOf(D.cards[element.dataset.card], now);
    const table = element.closest("table"), name = table.dataset.t, row = Number(element.parentElement.dataset.r), number = Number(element.dataset.k);
    if (name in D.trends) {
      const month = D.months.length - 1 - row;
      return toldOf(D.trends[name].columns[number], { ...now, first: month, last: month });
    }
    const T = D.tables[name], place = T.live ? { ...now, segment: T.lines.length ? now.segment : 0 } : { first: null, last: null, segment: 0 };
    if (!T.lines.length && row < T.keys.length) Object.assign(place, { key: T.keys[row], keyed: true });
    return toldOf(T.lines.length ? T.lines[row][number] : T.columns[number], place);
  };
  const toldOf = (column, place) => {
    if (column.kind === "none") return null;
    return { words: column.words || "", sql: isKnown(column, place) ? sqlOf(column, place) : "" };
  };
  const show = (element) => {
    const found = told(element);
    hide();
    if (!found) return;
    const { words, sql } = found, marts = [...new Set(sql.match(/marts\.\w+/g) || [])].join(", ");
    box.replaceChildren(...(words ? [make("p", {}, words)] : []), make("p", {}, marts ? `From ${marts}:` : "Not known here."), make("code", {}, sql));
    box.hidden = false;
    shown = element;
    element.setAttribute("aria-describedby", "source");
    const at = element.getBoundingClientRect(), size = box.getBoundingClientRect();
    const above = at.top - size.height - 6;
    box.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - size.width - 8))}px`;
    box.style.top = `${above > 4 ? above : Math.min(at.bottom + 6, Math.max(4, window.innerHeight - size.height - 4))}px`;
  };
  const target = (event) => event.target.closest ? event.target.closest("td.n, [data-card], [data-q]") : null;
  document.addEventListener("mouseover", (event) => {
    const one = target(event);
    if (one && one !== shown) show(one);
    else if (!one && shown && document.activeElement !== shown && !box.contains(event.target)) hide();
  });
  document.addEventListener("click", (event) => {
    const one = target(event);
    if (one) show(one);
    else if (!box.contains(event.target)) hide();
  });
  document.addEventListener("focusin", (event) => {
    const one = target(event);
    if (one) show(one);
    else hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    const region = event.target.closest ? event.target.closest(".scroll") : null;
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!region || !step || event.target.closest("thead")) return;
    const grid = [...region.querySelector("table").tBodies[0].rows].map((row) => all("td.n", row));
    const row = grid.findIndex((cells) => cells.includes(event.target)), column = row < 0 ? -1 : grid[row].indexOf(event.target);
    const next = row < 0 ? grid[0] && grid[0][0] : (grid[row + step[0]] || [])[column + step[1]];
    if (!next) return;
    event.preventDefault();
    next.tabIndex = -1;
    next.focus();
  });
  window.addEventListener("scroll", () => shown && document.activeElement !== shown && hide(), { passive: true });
  // What is folded is printed too.
  window.addEventListener("beforeprint", () => all("main details:not(.sources)").forEach((one) => { one.open = true; }));
})();
