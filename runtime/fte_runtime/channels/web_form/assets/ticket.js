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
const CONFIRMATIONS = {
  asked: "A code is on its way to your e-mail address. It is valid for 30 minutes.",
  wrong: "That code is not right. Compare it with our e-mail, or ask for another one.",
  expired: "That code is no longer valid. Ask for another one.",
  confirmed: "Your e-mail address is confirmed.",
};
const LOOKS = 4;
const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30000;

let opened = null;
let polling = 0; // only the latest round of polls goes on
let shownState = null;
let asking = false; // a code was asked for on this page
let checking = -1; // polls that a code's answer is still waited for

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
  showConfirmation(ticket);
}

// What the page offers to confirm the address: nothing, the button for a code, or the field for it. What changed is told
// by a polite live region of its own. Of a code that is being checked the answer may be the one that was there before.
function showConfirmation(ticket) {
  const state = ticket.address_confirmed ? "confirmed" : ticket.confirmation;
  const waits = ["asked", "wrong"].includes(state);
  const section = document.getElementById("confirmation");
  const hidden = !(waits || ["possible", "expired"].includes(state));
  if (hidden && section.contains(document.activeElement)) document.getElementById("ticket-title").focus();
  section.hidden = hidden;
  document.getElementById("code-form").hidden = !(waits || asking);
  if (checking > 0) checking -= 1;
  const changed = shownState !== null && state !== shownState;
  if ((changed || checking === 0) && CONFIRMATIONS[state]) tell(CONFIRMATIONS[state]);
  if (changed || checking === 0) checking = -1;
  shownState = state;
}

function tell(text) {
  document.getElementById("confirmation-status").textContent = text;
}

async function sendConfirmation(body) {
  const [id, token] = opened.split(/\.(.*)/s);
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  if (body) headers["content-type"] = "application/json";
  try {
    const address = new URL(`${encodeURIComponent(id)}/confirmation`, TICKETS);
    const response = await fetch(address, { method: "POST", headers, body });
    if (response.status !== 202) return (await response.json()).errors[0];
    poll(id, token, FIRST_DELAY, ++polling);
  } catch (error) {
    return { message: "could not be sent; please try again" };
  }
  return null;
}

async function askCode() {
  const button = document.getElementById("ask-code");
  button.disabled = true;
  const fault = await sendConfirmation(null);
  button.disabled = false;
  if (fault) return tell(`A code ${fault.message}.`);
  asking = true;
  document.getElementById("code-form").hidden = false;
  document.getElementById("code").focus();
  tell(CONFIRMATIONS.asked);
}

async function giveCode(event) {
  event.preventDefault();
  const input = document.getElementById("code");
  const fault = await sendConfirmation(JSON.stringify({ code: input.value }));
  document.getElementById("code-error").textContent = fault ? `The code ${fault.message}.` : "";
  if (fault) {
    input.setAttribute("aria-invalid", "true");
    return input.focus();
  }
  input.removeAttribute("aria-invalid");
  input.value = "";
  checking = LOOKS;
  tell("We are checking the code.");
}

function say(text) {
  document.getElementById("ticket-status").textContent = text;
}

async function poll(id, token, delay, round) {
  if (opened !== `${id}.${token}` || round !== polling) return;
  if (!document.hidden) {
    try {
      const headers = { accept: "application/json", authorization: `Bearer ${token}` };
      const response = await fetch(new URL(encodeURIComponent(id), TICKETS), { headers });
      if (response.status === 401) return say("This link does not open a ticket.");
      if (response.ok) {
        const ticket = await response.json();
        showTicket(ticket);
        if (["resolved", "closed"].includes(ticket.status) && !asking && checking < 0) return;
      }
    } catch (error) {
      say("No connection; trying again.");
    }
  }
  setTimeout(poll, delay, id, token, Math.min(delay * 2, LONGEST_DELAY), round);
}

function openTicket(id, token) {
  opened = `${id}.${token}`;
  ticketView.hidden = false;
  document.getElementById("ticket-id").textContent = id;
  document.getElementById("ticket-title").focus();
  shownState = null;
  asking = false;
  checking = -1;
  tell("");
  poll(id, token, FIRST_DELAY, ++polling);
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

document.getElementById("ask-code").addEventListener("click", askCode);
document.getElementById("code-form").addEventListener("submit", giveCode);

if (document.getElementById("form") === null) {
  addEventListener("hashchange", openFromAddress);
  openFromAddress();
}
