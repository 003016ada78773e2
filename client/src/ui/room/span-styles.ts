/**
 * The page's Content-Security-Policy takes no `style` attribute. The terminal writes that of the
 * spans it makes, for colours of 24 bits and for what is selected, and cannot be told otherwise;
 * the same rules are taken where a script sets them one by one, so they go that way.
 */
const { setAttribute } = HTMLElement.prototype

HTMLSpanElement.prototype.setAttribute = function (name, value) {
  if (name === 'style') this.style.cssText = value
  else setAttribute.call(this, name, value)
}
