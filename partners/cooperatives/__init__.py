"""The sellers and how they are admitted; not what they sell nor what they are owed."""
