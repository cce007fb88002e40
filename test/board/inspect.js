/* Runs in the browser: what of a page can be seen, and how. */
const shown = (element) => {
  const { width, height } = element.getBoundingClientRect();
  const { visibility, clipPath } = getComputedStyle(element);
  return width > 1 && height > 1 && visibility === "visible" && clipPath === "none";
};
const hidden = (element) => element.closest("thead") !== null && !shown(element.closest("thead"));
const nameOf = (element) =>
  `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`;

const channels = (color) => {
  const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
  return { red, green, blue, alpha };
};
const over = (top, below) => ({
  red: top.red * top.alpha + below.red * (1 - top.alpha),
  green: top.green * top.alpha + below.green * (1 - top.alpha),
  blue: top.blue * top.alpha + below.blue * (1 - top.alpha),
  alpha: 1,
});
const ground = (element) => {
  const own = channels(getComputedStyle(element).backgroundColor);
  if (own.alpha === 1) return own;
  return over(own, element.parentElement ? ground(element.parentElement) : channels("rgb(255, 255, 255)"));
};
const luminance = ({ red, green, blue }) => {
  const linear = [red, green, blue].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const contrast = (element) => {
  const below = ground(element);
  const lights = [luminance(over(channels(getComputedStyle(element).color), below)), luminance(below)];
  return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
};

function inspect() {
  const elements = [...document.body.querySelectorAll("*")];
  const texts = elements.filter(
    (element) =>
      !hidden(element) &&
      shown(element) &&
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "",
      ),
  );
  const visible = elements.filter((element) => !hidden(element) && shown(element));
  return {
    contrasts: texts.map((element) => ({ element: nameOf(element), ratio: contrast(element) })),
    tooWide: visible
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
      .map(nameOf),
    cutOff: visible
      .filter(
        (element) =>
          getComputedStyle(element).overflowX === "hidden" && element.scrollWidth > element.clientWidth,
      )
      .map(nameOf),
    scrollWidth: document.documentElement.scrollWidth,
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) =>
      Number(heading.tagName[1]),
    ),
    cards: [...document.querySelectorAll("article")].map((card) => ({
      name: document.getElementById(card.getAttribute("aria-labelledby"))?.textContent,
      shown: shown(card),
      left: Math.round(card.getBoundingClientRect().left),
      top: Math.round(card.getBoundingClientRect().top),
    })),
    moments: [...document.querySelectorAll("tbody tr")].map((row) => row.querySelector("time").dateTime),
    cellsWithoutRole: [...document.querySelectorAll("table, thead, tbody, tr, th, td")]
      .filter((cell) => !cell.hasAttribute("role"))
      .map(nameOf),
    background: getComputedStyle(document.body).backgroundColor,
    smallest: Math.min(...texts.map((element) => Number.parseFloat(getComputedStyle(element).fontSize))),
  };
}

inspect();
