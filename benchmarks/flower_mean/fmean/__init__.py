"""One federated mean in Flower, the peer of `first_answer`: three supernodes send a sum and a count, the server divides."""
