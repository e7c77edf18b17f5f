// KafkaRuntime
