"""The employee: what it knows, how it decides, and the gate its replies pass.

Its rooms, each of which imports only those below it::

    composition  evaluation   an employee put together; labelled tickets played and scored
    offline  sdk  escalation  the model without a network, the adapter to hosted ones, the rules' classifier
    prompts                   what hosted models are told
    turn                      one turn: policy, tools, ledger, endings
    gate                      what every reply of a model must hold to
    reply                     approved texts, and the form of each kind of channel
    identity                  who writes: codes, claimed addresses, the past in words
    knowledge                 sections: cut, embedded, ranked
    inbound                   raw messages of the channels, parsed
    text                      pure functions of text
    ports  channels  domain   what is needed of the world; kinds of channel; types

May live here: one of these rooms, and in it what its own charter says; a new room is named in the import contracts.
May not live here: drivers and clients (PostgreSQL, Kafka, HTTP), Kubernetes, environment variables,
or anything that sends or stores. Effects leave a turn only as a `Decision`.
"""
