// The page: says who is signed in.

const session = await (await fetch("v1/session")).json();
const line = document.createElement("p");
line.textContent = session.name ?? "";
document.getElementById("main").append(line);
