"""WhatsApp by Twilio: signed webhooks in, the Messages resource out, status callbacks for what became of it."""
