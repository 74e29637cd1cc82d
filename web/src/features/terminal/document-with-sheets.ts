/**
 * This document, but a `style` element made by it writes to a constructed sheet. The emulator styles itself by adding
 * such elements, which a content security policy without `unsafe-inline` refuses; constructed sheets it allows.
 */
export function documentWithSheets(): Document {
  return new Proxy(document, {
    get(target, name) {
      if (name === 'createElement')
        return (tag: string) => (tag === 'style' ? styleStandIn(target) : target.createElement(tag));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Lies where the style element would lie; its text is the text of the sheet, and the sheet goes with it. */
function styleStandIn(target: Document): HTMLElement {
  const sheet = new CSSStyleSheet();
  target.adoptedStyleSheets.push(sheet);
  const element = target.createElement('template');
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  element.remove = () => {
    const at = target.adoptedStyleSheets.indexOf(sheet);
    if (at >= 0) target.adoptedStyleSheets.splice(at, 1);
    HTMLElement.prototype.remove.call(element);
  };
  return element;
}
