"""CarbonService over gRPC: each area of it in a file of its own, which checks, asks and answers."""
