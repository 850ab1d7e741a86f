// A file that the browser won't read because it is too large is said to be so.
(() => {
  const MOST = 10 * 1024 * 1024;
  const look = (event) => {
    const box = event.target instanceof Element && event.target.closest("#upload-file");
    const files = event.dataTransfer?.files || event.target.files;
    const note = document.getElementById("upload-large");
    if (box && note && files?.length) note.hidden = files[0].size <= MOST;
  };
  for (const name of ["change", "drop"]) document.addEventListener(name, look, true);
})();
