// Code that scrolls can be scrolled with the keyboard in each browser; in some, only what has the
// focus can.
addEventListener("load", mark);
addEventListener("resize", mark);

function mark() {
  for (const block of document.querySelectorAll(".content pre")) {
    if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
    else block.removeAttribute("tabindex");
  }
}
