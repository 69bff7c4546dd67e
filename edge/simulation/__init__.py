"""The deterministic city simulator and its auditor."""
