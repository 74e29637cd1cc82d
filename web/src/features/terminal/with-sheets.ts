/**
 * Runs `open` while the `style` elements it makes write to constructed sheets. The emulator styles itself by adding
 * such elements when it opens, which a content security policy without `unsafe-inline` refuses; constructed sheets it
 * allows. The emulator takes another document as an option, but makes one of its elements by the window's own.
 */
export function withSheets(open: () => void): void {
  const make = document.createElement.bind(document) as (tag: string) => HTMLElement;
  document.createElement = ((tag: string) =>
    tag === 'style' ? styleStandIn(make('template')) : make(tag)) as Document['createElement'];
  try {
    open();
  } finally {
    // The own property goes, the method of every document is there again.
    delete (document as { createElement?: unknown }).createElement;
  }
}

/** Lies where the style element would lie; its text is the text of the sheet, and the sheet goes with it. */
function styleStandIn(element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  const sheets = document.adoptedStyleSheets;
  sheets.push(sheet);
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  element.remove = () => {
    const at = sheets.indexOf(sheet);
    if (at >= 0) sheets.splice(at, 1);
    HTMLElement.prototype.remove.call(element);
  };
  return element;
}
