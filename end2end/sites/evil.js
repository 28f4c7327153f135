// A hostile page, in a frame beside the widget or in a window that the shop opened: it posts whatever a test gives it.
const shopWindow = parent === window ? opener : parent;
window.attack = (messages) => messages.forEach((message) => shopWindow.postMessage(message, '*'));
// It also tries the widget's own window, which any page in the tree can reach.
window.attackFrame = (messages) => {
  for (let i = 0; i < shopWindow.length; i++) {
    if (shopWindow[i] !== window) messages.forEach((message) => shopWindow[i].postMessage(message, '*'));
  }
};
