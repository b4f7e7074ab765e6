"""A small MQTT 3.1.1 broker that forgets nothing it has acknowledged: QoS 0 and 1, one machine.

The demo uses it where mosquitto is not installed, because the brokers to be had from PyPI do not
keep a persistent session's messages. amqtt 0.12.1, measured: of 500 QoS-1 messages published while
the subscriber was away 0 came after its return; of 4,000 published while its connection broke
2,800 never came (in-flight messages are dropped with the connection, and after 5 s without a
PUBACK); after a restart of the broker neither session nor messages were left.

Here a PUBACK is sent when the message is committed to SQLite for every persistent session whose
filter it matches, and the message stays there until that session has acknowledged it. So a kill -9
of the broker or of a subscriber loses nothing; a message can come twice (at least once).
Left out: QoS 2 (granted as 1), MQTT 5, TLS, logins. It listens on loopback only.
"""
