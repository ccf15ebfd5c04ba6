"""The station's daily work: pure rules of visits, plans and staffing."""
