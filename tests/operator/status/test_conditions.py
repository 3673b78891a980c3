from fte_operator.status.conditions import Condition, rendered, summary

OK = Condition("Accepted", "True", "Accepted", "fine")
BAD = Condition("TopicsReady", "False", "KafkaUnreachable", "no broker")
STUCK = Condition("DatabaseReady", "False", "PgvectorMissing", "install it", stalled=True)
THEN, NOW = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def test_ready_names_the_first_gate_that_is_not_passed():
    assert [(c.type, c.status, c.reason) for c in summary([OK, BAD, STUCK])] == [
        ("Ready", "False", "KafkaUnreachable"),
        ("Stalled", "True", "PgvectorMissing"),
    ]


def test_reconciling_stands_in_for_stalled_while_waiting_may_help():
    assert [(c.type, c.reason) for c in summary([OK, BAD])] == [
        ("Ready", "KafkaUnreachable"),
        ("Reconciling", "KafkaUnreachable"),
    ]


def test_ready_is_true_when_every_gate_is():
    assert [(c.type, c.status) for c in summary([OK])] == [("Ready", "True")]


def test_the_transition_time_moves_only_when_the_status_flips():
    before = rendered([BAD], [], generation=1, now=THEN)
    same_status = Condition("TopicsReady", "False", "Unauthorized", "another reason")
    flipped = Condition("TopicsReady", "True", "Ready", "there")
    assert rendered([same_status], before, generation=2, now=NOW)[0] | {"message": ""} == {
        "type": "TopicsReady",
        "status": "False",
        "reason": "Unauthorized",
        "message": "",
        "observedGeneration": 2,
        "lastTransitionTime": THEN,
    }
    assert rendered([flipped], before, generation=2, now=NOW)[0]["lastTransitionTime"] == NOW


def test_a_message_is_whole_up_to_what_the_api_takes():
    for length, kept in ((32768, 32768), (32769, 32768)):
        long = Condition("Accepted", "False", "InvalidSpec", "x" * length)
        assert len(rendered([long], [], generation=1, now=NOW)[0]["message"]) == kept
