"""The course's own sentences to search in: everyday English on fourteen themes, written for lesson 08.

They make a search interesting: each theme has sentences that say the same in other words, sentences with the same words
that say something else, denials, other numbers, swapped roles, and words of two meanings (bank, pitch, bark, spring, crane)
that occur under several themes.
"""

from typing import NamedTuple


class Sentence(NamedTuple):
    """One sentence of the corpus.

    theme: what it is about.
    text: the sentence itself.
    """

    theme: str
    text: str


def load_corpus() -> list[Sentence]:
    """List all sentences, theme by theme.

    Returns: the sentences, in the order in which they are written here.
    """
    return [Sentence(theme, line) for theme, lines in _THEMES.items() for line in lines.strip().split("\n")]


_THEMES = {
    "weather": """
It has been raining since breakfast and the gutters are full.
A steady downpour began in the early morning and has not let up.
It has not rained here for eleven weeks.
The forecast promises sunshine for the whole weekend.
No sunshine is expected before Monday.
Thick fog closed the road over the pass.
You could hardly see your own hand in the mist this morning.
The first snow of the year fell last night.
Everything was white when we drew the curtains.
A warm wind from the south melted the ice on the pond.
The wind was so strong that it tore tiles off the roof.
There was not a breath of wind all afternoon.
Lightning struck the old oak behind the church.
Thunder rolled over the hills long after the storm had passed.
By noon it was thirty-eight degrees in the shade.
By midnight it was eight degrees below zero.
Spring came late this year, with frost well into May.
Hail the size of cherries dented the roof of the car.
""",
    "kitchen": """
Let the dough rest under a cloth until it has doubled in size.
Cover the bread mixture and wait for it to rise.
Bake the loaf for forty minutes in a hot oven.
Bake the loaf for fourteen minutes in a hot oven.
Never put a hot pan under cold water.
The soup needs more salt and a little lemon.
Somebody has put far too much salt in this soup.
She peeled the potatoes while he chopped the onions.
He peeled the potatoes while she chopped the onions.
Chopping onions always makes me cry.
The knife is so blunt that it squashes tomatoes.
Simmer the sauce gently and do not let it boil.
The milk boiled over and burned onto the stove.
This recipe has no meat in it.
It is a vegetarian dish with beans and roasted peppers.
My grandmother never measured anything when she cooked.
A pinch of nutmeg makes all the difference in mashed potato.
The cake collapsed because I opened the oven too early.
""",
    "money": """
The bank turned down her request for a loan.
Her application for credit was refused.
The bank approved her loan within a day.
He paid back everything that he owed.
All his debts are settled now.
He has never paid back a single cent.
Interest rates have gone up for the third time this year.
Borrowing money is becoming more expensive.
The rent eats up half of my salary.
I spend fifty per cent of what I earn on the flat.
She lent her brother three hundred pounds.
Her brother lent her three hundred pounds.
The shares lost a fifth of their value overnight.
The price of the shares climbed all week.
He keeps his savings in a tin under the bed.
We cannot afford a new car this year.
The shopkeeper gave me too much change and I took it back.
They split the bill evenly although one of them had eaten nothing.
""",
    "travel": """
The last train to the coast leaves at a quarter to eleven.
After 10.45 there is no way to reach the seaside by rail.
Our flight was delayed by six hours because of a strike.
The plane took off exactly on time.
I missed my connection and spent the night at the airport.
She travelled from Lisbon to Prague without a ticket.
She travelled from Prague to Lisbon without a ticket.
They lost my suitcase somewhere between two terminals.
My luggage never arrived.
Nobody asked to see our passports at the border.
The customs officer went through every single bag.
You do not need a visa for stays of less than ninety days.
We crossed the mountains by bus on a road with no railing.
The ferry was so full that people slept on the stairs.
The hotel had lost our booking, so we slept in the car.
The room looked onto a car park and not onto the beach.
Cycling along the river took us nine days.
The tram stops right in front of the museum.
""",
    "health": """
The doctor told him to give up smoking at once.
His physician advised him to quit cigarettes immediately.
The doctor did not tell him to give up smoking.
She has had a headache for three days.
Her head has been hurting since Tuesday.
He broke his wrist when he slipped on the ice.
The fracture healed without an operation.
The wound has become infected and needs to be cleaned.
Take one tablet twice a day after meals.
Take two tablets once a day before meals.
The test came back negative, so she can go home.
The test came back positive, so she has to stay.
He is allergic to nuts.
Peanuts make him dangerously ill.
The nurse measured her blood pressure and frowned.
I could not sleep because of the cough.
My back aches whenever I sit for too long.
The dentist says that the tooth cannot be saved.
""",
    "animals": """
The dog chased the cat around the garden.
The cat chased the dog around the garden.
A puppy ran after our kitten on the lawn.
The dog slept in the sun and ignored the cat.
Our neighbour's terrier will bark at anything on wheels.
The cat brought a dead mouse into the kitchen.
A pair of swallows is nesting under our roof.
Small birds have built their home beneath the eaves.
The horse refused to jump over the ditch.
A fox crossed the street without looking at us.
The zoo has two new elephants from a circus.
There are no elephants in this zoo any more.
A crane stood motionless at the edge of the marsh.
The bat left the barn at dusk to hunt for moths.
Bees cannot see red, but they see ultraviolet.
The farmer has sold all his sheep.
The tortoise was older than anybody in the village.
Wolves have come back to these forests after a hundred years.
""",
    "music": """
The pianist played the whole concerto from memory.
She performed the piece at the keyboard without any sheet music.
The pianist did not play the second movement.
The violin was slightly out of tune.
The singer could not hold the pitch in the last verse.
He learned the guitar from a book with half its pages missing.
The drummer was too loud for such a small room.
You could hardly hear the drums.
The choir rehearses in the school gym on Thursdays.
The audience clapped for ten minutes and got two encores.
Nobody clapped when the concert was over.
I cannot get that tune out of my head.
That melody has been going round in my mind all day.
The record has a scratch, so the chorus repeats for ever.
She wrote the song for her father.
Her father wrote the song for her.
The brass band marched past without playing a note.
A cello sounds closest to a human voice, he says.
""",
    "space": """
The probe reached the comet after a journey of ten years.
It took a decade for the spacecraft to arrive at its target.
The telescope can see galaxies that formed soon after the beginning.
There is no air on the Moon, and so no sound.
The Moon has no atmosphere that could carry a noise.
Mars has two small moons.
Venus has no moon at all.
The Earth moves around the Sun once a year.
The Sun moves around the centre of the galaxy.
A solar eclipse happens when the Moon stands before the Sun.
A lunar eclipse happens when the Earth stands before the Sun.
The rocket exploded forty seconds after the launch.
The lift-off went perfectly.
Astronauts lose bone mass if they stay in orbit for months.
Sleeping without gravity takes some getting used to.
A day on Venus is longer than its year.
Nobody has ever walked on another planet.
The meteor burned up before it reached the ground.
""",
    "garden": """
Water the seedlings in the evening and never at noon.
Young plants should be given water when the sun is low.
The tomatoes are ripe and have to be picked today.
The tomatoes are still green and hard.
Slugs have eaten every single lettuce.
There is nothing left of the salad but stalks.
Prune the roses before the first buds open.
The bark of the birch peels off in thin white strips.
A mole has ruined the lawn again.
The apple tree has not borne fruit for three years.
We had so many apples that we gave most of them away.
The hedge needs cutting, but birds are nesting in it.
She planted two hundred tulip bulbs in October.
Ivy has grown over the whole back wall.
A spring rises behind the shed and waters the lower beds.
Do not dig up the bed where the bulbs are sleeping.
The compost smells of earth and not of rot.
Weeds come up faster than I can pull them out.
""",
    "sport": """
The home team won by a single goal in the last minute.
A late strike decided the match for the hosts.
The home team lost by a single goal in the last minute.
The visitors beat the champions three to nothing.
The champions beat the visitors three to nothing.
The pitch was so wet that the match was called off.
The referee did not see the foul.
The umpire overlooked what everybody else had noticed.
She ran the marathon in under three hours.
He needed more than six hours for the marathon.
The goalkeeper saved two penalties in one evening.
His bat broke when he hit the ball over the stand.
The swimmer missed the record by a hundredth of a second.
No record was broken at these championships.
They train in the rain as well.
The coach resigned after five defeats in a row.
The trainer stepped down because his side kept losing.
Chess is a sport, whatever my uncle says.
""",
    "computers": """
The program crashes whenever the file is empty.
An empty input makes the software stop with an error.
The program does not crash even when the file is empty.
She forgot her password and is locked out of her account.
He cannot log in because he no longer knows his secret word.
The backup had never been tested and could not be restored.
All our data was lost when the disk failed.
The new laptop is lighter but its battery lasts half as long.
The printer works for everybody except me.
Please do not switch off the computer during the update.
The update is finished, and you can turn the machine off.
A single missing comma kept the server down for two hours.
The code runs ten times faster since we sorted the list.
The code runs ten times slower since we sorted the list.
There is no mobile signal in the valley.
The website was hacked on a public holiday.
Attackers broke into the site while everyone was off work.
The robot vacuum cleaner got stuck under the sofa again.
""",
    "school": """
The teacher praised the pupil for her honest answer.
The pupil praised the teacher for her honest answer.
Most of the class passed the exam.
Hardly anybody failed the test.
Most of the class failed the exam.
The lesson begins at eight and ends at half past nine.
He copied the homework on the bus.
She does all her homework on her own.
The library is closed during the summer holidays.
You may borrow up to five books for three weeks.
Learning to read took him longer than the others.
He could read before he started school.
The children learn French from the third year on.
There are thirty-one pupils and twenty-nine chairs.
Our history teacher had been there when the wall came down.
The experiment failed because somebody had swapped the labels.
She explained fractions with a bar of chocolate.
The headmaster did not apologise.
""",
    "sea": """
The fishing boat came back with empty nets.
The trawler returned to harbour without a catch.
The boat came back with more fish than it could carry.
High tide is at four in the afternoon.
The water is at its lowest shortly after ten at night.
Swimming is forbidden because of the current.
The bay is shallow and safe for children to bathe in.
The lighthouse has been unmanned since the eighties.
Nobody lives in the lighthouse any more.
A container ship ran aground in the river mouth.
The waves were higher than the harbour wall.
The sea lay as smooth as glass.
A yellow crane lifted the boxes from the deck.
The captain was the last to leave the ship.
The captain was the first to leave the ship.
Oil from the wreck killed thousands of seabirds.
Divers found coins from the time of the Romans.
Seals were resting on the sandbank.
""",
    "home": """
The heating broke down on the coldest day of the year.
There was no warmth from the radiators when we needed it most.
The neighbours upstairs move their furniture at midnight.
It is perfectly quiet in the house at night.
She painted the front door green.
She painted the green door white.
We are moving to a smaller flat in March.
In spring we shall exchange our place for something less roomy.
The key is under the third flowerpot from the left.
The key is under the first flowerpot from the right.
Nobody has lived in the house on the river bank since the flood.
The lift is out of order, so we walk up to the sixth floor.
The light in the cellar does not work.
Somebody left the light on in the cellar all night.
My sister cut the hair of all three children at the kitchen table.
Grandfather fell asleep in his armchair with the radio on.
The baby slept through the whole party.
The roof leaks, and there are four buckets in the attic.
""",
}
