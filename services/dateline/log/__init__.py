"""The log: reading, committing and fencing on Kafka. The only importer of the Kafka client."""
