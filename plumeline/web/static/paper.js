// The printed report: its one button.

document.getElementById("print").onclick = () => print();
