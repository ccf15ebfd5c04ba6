"""What arrives: wire decoders, the MQTT consumer, the recorder, pairing of frames and poses."""
