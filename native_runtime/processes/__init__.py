"""Children: spawn them, watch them, say how they ended, bring them back, and end them with all their descendants."""
