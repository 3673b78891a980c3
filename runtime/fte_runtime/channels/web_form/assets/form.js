"use strict";

// The form page's behaviour: send, say what is wrong, then show the ticket (ticket.js) until it is answered.
// Everything that comes from the server or a person is set as text, never as markup.

const form = document.getElementById("form");
const summary = document.getElementById("summary");

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

function route() {
  const [id, ...token] = location.hash.slice(1).split(".");
  const open = Boolean(id && token.length);
  form.hidden = open;
  summary.hidden = true;
  if (open) openTicket(id, token.join("."));
  else closeTicket();
}

form.addEventListener("submit", submit);
addEventListener("hashchange", route);
route();
