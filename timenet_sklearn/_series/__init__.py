"""What comes in: any form of series becomes a validated panel."""
