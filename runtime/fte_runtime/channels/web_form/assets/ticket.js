"use strict";

// One ticket, read again until it is answered: part of the form page, and a page of its own at its status_url.
// Everything that comes from the server or a person is set as text, never as markup.

const ticketView = document.getElementById("ticket");
const TICKETS = new URL("ticket/", document.currentScript.src);
const AUTHORS = { customer: "You", ai: "Support assistant", human: "Support team", system: "Support" };
const STATUSES = {
  received: "We have your request.",
  open: "We have your request.",
  in_progress: "We are working on it.",
  waiting: "Answered. Write again if you need more.",
  escalated: "A colleague will take care of it.",
  resolved: "Resolved.",
  closed: "Closed.",
};
const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30000;

let opened = null;

function line(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function showTicket(ticket) {
  const late = ticket.delayed ? " It takes longer than usual." : "";
  document.getElementById("ticket-status").textContent = (STATUSES[ticket.status] || ticket.status) + late;
  const items = ticket.messages.map((message) => {
    const item = document.createElement("li");
    item.append(line("p", "author", AUTHORS[message.author] || message.author), line("p", "text", message.text));
    const sources = message.citations.map((citation) => citation.heading || citation.title);
    if (sources.length) item.append(line("p", "sources", `Sources: ${sources.join("; ")}`));
    return item;
  });
  document.getElementById("messages").replaceChildren(...items);
}

function say(text) {
  document.getElementById("ticket-status").textContent = text;
}

async function poll(id, token, delay) {
  if (opened !== `${id}.${token}`) return;
  if (!document.hidden) {
    try {
      const headers = { accept: "application/json", authorization: `Bearer ${token}` };
      const response = await fetch(new URL(encodeURIComponent(id), TICKETS), { headers });
      if (response.status === 401) return say("This link does not open a ticket.");
      if (response.ok) {
        const ticket = await response.json();
        showTicket(ticket);
        if (["resolved", "closed"].includes(ticket.status)) return;
      }
    } catch (error) {
      say("No connection; trying again.");
    }
  }
  setTimeout(poll, delay, id, token, Math.min(delay * 2, LONGEST_DELAY));
}

function openTicket(id, token) {
  opened = `${id}.${token}`;
  ticketView.hidden = false;
  document.getElementById("ticket-id").textContent = id;
  document.getElementById("ticket-title").focus();
  poll(id, token, FIRST_DELAY);
}

function closeTicket() {
  opened = null;
  ticketView.hidden = true;
}

// A page of its own has the id in its path and the token in the fragment, which never leaves the browser.
function openFromAddress() {
  const id = location.pathname.split("/").pop();
  const token = location.hash.slice(1);
  if (token) return openTicket(id, token);
  opened = null;
  say("This link is not whole: what follows the # opens the ticket.");
}

if (document.getElementById("form") === null) {
  addEventListener("hashchange", openFromAddress);
  openFromAddress();
}
