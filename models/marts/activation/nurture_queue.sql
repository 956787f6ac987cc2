-- What to send next to whom. Who has seen all that the rules suggest is not in it.
with

champions as (

    select
        lead_id,
        scorecard_id,
        grade,
        score
    from {{ ref('lead_scores') }}
    where is_champion

),

top_topics as (

    select
        lead_id,
        topic
    from {{ ref('lead_topics') }}
    where topic_rank = 1

),

steps as (

    select * from {{ ref('nurture_steps') }}

),

-- Content about the lead's own topic, else about none in particular; about any where no topic of the lead is known.
wishes as (

    select
        steps.lead_id,
        steps.next_content_type,
        top_topics.topic,
        1 as wish_rank
    from steps
    left join top_topics on steps.lead_id = top_topics.lead_id
    union all
    select
        steps.lead_id,
        steps.next_content_type,
        '' as topic,
        2 as wish_rank
    from steps
    inner join top_topics on steps.lead_id = top_topics.lead_id

),

-- Content may be seen as another type too, such as a page that is both.
seen as (

    select distinct
        lead_id,
        content_name
    from {{ ref('lead_contents') }}

),

suggestions as (

    select
        wishes.lead_id,
        contents.content_name,
        row_number() over (
            partition by wishes.lead_id
            order by
                wishes.wish_rank asc,
                contents.count_later_sqls desc,
                contents.count_leads desc,
                contents.content_name asc
        ) as suggestion_rank
    from wishes
    inner join {{ ref('suggested_contents') }} as contents
        on
            wishes.next_content_type = contents.content_type
            and contents.topic = coalesce(wishes.topic, contents.topic)
    left join seen
        on
            wishes.lead_id = seen.lead_id
            and contents.content_name = seen.content_name
    where seen.lead_id is null

)

select
    candidates.lead_id,
    champions.scorecard_id,
    leads.email,
    leads.phone,
    leads.first_name,
    candidates.stage || ': ' || coalesce(top_topics.topic, 'grade ' || champions.grade) as segment,
    candidates.stage,
    candidates.channel,
    top_topics.topic,
    steps.next_content_type,
    suggestions.content_name as next_content_name,
    champions.grade,
    steps.description
    || coalesce('. Interested in ' || top_topics.topic, '')
    || case
        when candidates.stage = 'recycled' then coalesce('. Given back: ' || lead_stages.recycled_reason, '')
        else ''
    end
    || case
        when candidates.channel = 'email' then ''
        when candidates.is_email_bounced then '. By text message, because the e-mail address bounced'
        else '. By text message, because no e-mail address of its own is known'
    end as why,
    steps.rule_priority,
    candidates.count_messages_30_days,
    champions.score,
    candidates.last_message_at
from {{ ref('nurture_candidates') }} as candidates
inner join steps on candidates.lead_id = steps.lead_id
inner join {{ ref('leads') }} as leads on candidates.lead_id = leads.lead_id
inner join {{ ref('lead_stages') }} as lead_stages on candidates.lead_id = lead_stages.lead_id
inner join champions on candidates.lead_id = champions.lead_id
left join top_topics on candidates.lead_id = top_topics.lead_id
left join suggestions
    on
        candidates.lead_id = suggestions.lead_id
        and suggestions.suggestion_rank = 1
