"use strict";

// The form page's behaviour: send, say what is wrong, then show the ticket until it is answered.
// Everything that comes from the server or a person is set as text, never as markup.

const form = document.getElementById("form");
const summary = document.getElementById("summary");
const ticketView = document.getElementById("ticket");
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

// One id per filled-in form: sending it again, by a double click or after an error, is the same ticket.
// What was changed since the last attempt is another form: under the old id it would not be read.
let submissionId = newId();
let attempted = null;

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // pages without TLS have no randomUUID
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function fields() {
  const data = new FormData(form);
  return {
    channel: form.dataset.channel,
    name: data.get("name"),
    email: data.get("email"),
    subject: data.get("subject"),
    category: data.get("category"),
    priority: data.get("priority"),
    message: data.get("message"),
    consent: data.get("consent") === "on",
    hp: data.get("hp"),
    t0: Number(form.dataset.t0),
  };
}

// The body of the next attempt; its id is the last attempt's only if nothing was changed since.
function body() {
  const filled = fields();
  const content = JSON.stringify(filled);
  if (attempted !== null && attempted !== content) submissionId = newId();
  attempted = content;
  return JSON.stringify({ submission_id: submissionId, ...filled });
}

function showErrors(errors) {
  for (const element of form.querySelectorAll(".error")) element.textContent = "";
  for (const element of form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
  const loose = [];
  for (const { field, message } of errors) {
    const place = document.getElementById(`${field}-error`);
    const input = document.getElementById(field);
    if (place && input) {
      place.textContent = `This field ${message}.`;
      input.setAttribute("aria-invalid", "true");
    } else {
      loose.push(`The request ${message}.`);
    }
  }
  summary.hidden = errors.length === 0;
  if (errors.length) {
    summary.textContent = loose.join(" ") || "Please correct the marked fields.";
    summary.focus();
  }
}

async function submit(event) {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch("submit", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body(),
    });
    const answer = await response.json();
    if (response.status !== 202) return showErrors(answer.errors);
    submissionId = newId();
    attempted = null;
    location.hash = `${answer.ticket_id}.${answer.token}`; // a fragment never leaves the browser
  } catch (error) {
    showErrors([{ field: "", message: "could not be sent; please try again" }]);
  } finally {
    button.disabled = false;
  }
}

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

async function poll(id, token, delay) {
  if (location.hash !== `#${id}.${token}`) return;
  if (!document.hidden) {
    try {
      const response = await fetch(`ticket/${id}`, { headers: { authorization: `Bearer ${token}` } });
      if (response.status === 401) {
        document.getElementById("ticket-status").textContent = "This link does not open a ticket.";
        return;
      }
      if (response.ok) {
        const ticket = await response.json();
        showTicket(ticket);
        if (["resolved", "closed"].includes(ticket.status)) return;
      }
    } catch (error) {
      document.getElementById("ticket-status").textContent = "No connection; trying again.";
    }
  }
  setTimeout(poll, delay, id, token, Math.min(delay * 2, LONGEST_DELAY));
}

function route() {
  const [id, ...token] = location.hash.slice(1).split(".");
  const open = Boolean(id && token.length);
  form.hidden = open;
  summary.hidden = true;
  ticketView.hidden = !open;
  if (!open) return;
  document.getElementById("ticket-id").textContent = id;
  document.getElementById("ticket-title").focus();
  poll(id, token.join("."), FIRST_DELAY);
}

form.addEventListener("submit", submit);
addEventListener("hashchange", route);
route();
