// What is written from left to right stays so in Hebrew, as the eye sees it: numbers, codes, IBANs, Latin names, masked digits.

/** Runs of left-to-right writing whose letters do not stand one after the other, and how many runs there were. */
export const mixed = (frame) =>
  frame.evaluate(() => {
    const wrong = [];
    let runs = 0;
    const walker = document.createTreeWalker(document.querySelector('.wizard'), NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.parentElement.checkVisibility()) continue;
      for (const { 0: run, index } of node.data.matchAll(/[A-Za-z0-9•*+][A-Za-z0-9•*+.\-/: ]*[A-Za-z0-9•*]/g)) {
        runs += 1;
        let [line, edge] = [undefined, -Infinity];
        for (let at = 0; at < run.length; at += 1) {
          if (run[at] === ' ') continue;
          range.setStart(node, index + at);
          range.setEnd(node, index + at + 1);
          const { left, top } = range.getBoundingClientRect();
          if (Math.abs(top - line) > 4) edge = -Infinity;
          if (left < edge - 0.5) {
            wrong.push(`${run} in “${node.data.trim()}”`);
            break;
          }
          [line, edge] = [top, left];
        }
      }
    }
    // A control's text cannot be measured: what is typed from left to right says so.
    for (const input of document.querySelectorAll('input:is([type=text], [type=password]):not([id=q])')) {
      if (!['ltr', 'auto'].includes(input.dir)) wrong.push(`${input.name} has no direction of its own`);
    }
    return { wrong, runs };
  });
