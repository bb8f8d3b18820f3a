"use strict";
const filter = document.getElementById("filter");
const hazardous = document.getElementById("hazardous");
const changes = [...document.querySelectorAll("article")];

// nodeOf is the node of the graph that leads to a change, or null.
const nodeOf = (change) => document.querySelector(`.graph a[href="#${CSS.escape(change.id)}"]`);

function show() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const change of changes) {
    const text = change.textContent.toLowerCase();
    const hit = words.every((word) => text.includes(word)) && (!hazardous.checked || change.querySelector(".hazard") !== null);
    change.hidden = !hit;
    shown += hit ? 1 : 0;
    nodeOf(change)?.classList.toggle("dim", !hit);
  }
  for (const section of document.querySelectorAll("section.changes")) {
    section.hidden = !section.querySelector("article:not([hidden])");
  }
  document.getElementById("shown").textContent = `${shown} of ${changes.length}`;
}

// A node leads to its change, also when the filter has hidden that.
function lead() {
  const change = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!changes.includes(change)) {
    return;
  }
  if (change.hidden) {
    filter.value = "";
    hazardous.checked = false;
    show();
  }
  change.focus();
  change.scrollIntoView({ block: "start" });
}

if (filter) {
  filter.addEventListener("input", show);
  hazardous.addEventListener("change", show);
  filter.form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", lead);
  for (const node of document.querySelectorAll(".graph a")) {
    node.addEventListener("click", () => {
      if (node.getAttribute("href") === location.hash) {
        lead(); // which is no change of it
      }
    });
  }
  lead();
}
