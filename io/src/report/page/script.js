
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  root.style.setProperty("--round", JSON.stringify(document.title));
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const entries = [...document.querySelectorAll("[data-name]")].map((element) => [element, plain(element.dataset.name)]);
  const find = document.getElementById("find");
  const found = document.getElementById("found");

  const search = () => {
    const sought = plain(find.value.trim());
    let count = 0;
    for (const [element, name] of entries) {
      element.hidden = !name.includes(sought);
      count += !element.hidden;
      if (sought && !element.hidden) element.closest("details")?.setAttribute("open", "");
    }
    found.textContent = sought ? `${count} found` : "";
  };
  find.addEventListener("input", search);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const first = entries.find(([element]) => !element.hidden);
    if (first && find.value.trim()) location.hash = first[0].id;
  });
  addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && find.value) {
      find.value = "";
      search();
    }
  });

  addEventListener("click", (event) => {
    const how = event.target.dataset?.print;
    if (!how) return;
    const chosen = event.target.closest(".sheet");
    chosen?.classList.add("chosen");
    root.classList.add(`print-${how}`);
    print();
    root.classList.remove(`print-${how}`);
    chosen?.classList.remove("chosen");
  });
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
