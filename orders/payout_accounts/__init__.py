"""Where cooperatives are paid: their bank accounts, sealed at rest and masked wherever shown."""
